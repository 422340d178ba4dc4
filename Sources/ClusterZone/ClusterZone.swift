// ClusterZone

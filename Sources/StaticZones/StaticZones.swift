// StaticZones

"""Field numbers of the messages that the API server for tests writes, from the generated.proto files of
kubernetes/api (core/v1, discovery/v1) and kubernetes/apimachinery (meta/v1, runtime, intstr).

One line a message: `Name  number field type, …`. Types: `s` string, `b` bool, `i` integer, `x` bytes as base64, `map` of
strings, `quantities` (map to Quantity), or a message. `*` is repeated; `!` is written even when it is absent, because
the Go field is no pointer. A message marked `~` has more fields than are written here, which are left out.
"""

MESSAGES = """
TypeMeta           1 apiVersion s!, 2 kind s!
ListMeta           1 selfLink s!, 2 resourceVersion s!, 3 continue s!, 4 remainingItemCount i
OwnerReference     1 kind s!, 3 name s!, 4 uid s!, 5 apiVersion s!, 6 controller b, 7 blockOwnerDeletion b
ManagedFieldsEntry 1 manager s!, 2 operation s!, 3 apiVersion s!, 4 time Time, 6 fieldsType s!, 7 fieldsV1 FieldsV1, 8 subresource s!
ObjectMeta         1 name s!, 2 generateName s!, 3 namespace s!, 4 selfLink s!, 5 uid s!, 6 resourceVersion s!, 7 generation i!, 8 creationTimestamp Time!, 9 deletionTimestamp Time, 10 deletionGracePeriodSeconds i, 11 labels map, 12 annotations map, 13 ownerReferences OwnerReference*, 14 finalizers s*, 17 managedFields ManagedFieldsEntry*
Condition          1 type s!, 2 status s!, 3 observedGeneration i!, 4 lastTransitionTime Time!, 5 reason s!, 6 message s!
StatusCause        1 reason s!, 2 message s!, 3 field s!
StatusDetails      1 name s!, 2 group s!, 3 kind s!, 4 causes StatusCause*, 5 retryAfterSeconds i!, 6 uid s!
Status             1 metadata ListMeta!, 2 status s!, 3 message s!, 4 reason s!, 5 details StatusDetails, 6 code i!

NamespaceSpec      1 finalizers s*
NamespaceCondition 1 type s!, 2 status s!, 4 lastTransitionTime Time!, 5 reason s!, 6 message s!
NamespaceStatus    1 phase s!, 2 conditions NamespaceCondition*
Namespace          1 metadata ObjectMeta!, 2 spec NamespaceSpec!, 3 status NamespaceStatus!

ServicePort        1 name s!, 2 protocol s!, 3 port i!, 4 targetPort IntOrString!, 5 nodePort i!, 6 appProtocol s
ClientIPConfig     1 timeoutSeconds i
SessionAffinityConfig 1 clientIP ClientIPConfig
ServiceSpec        1 ports ServicePort*, 2 selector map, 3 clusterIP s!, 4 type s!, 5 externalIPs s*, 7 sessionAffinity s!, 8 loadBalancerIP s!, 9 loadBalancerSourceRanges s*, 10 externalName s!, 11 externalTrafficPolicy s!, 12 healthCheckNodePort i!, 13 publishNotReadyAddresses b!, 14 sessionAffinityConfig SessionAffinityConfig, 17 ipFamilyPolicy s, 18 clusterIPs s*, 19 ipFamilies s*, 20 allocateLoadBalancerNodePorts b, 21 loadBalancerClass s, 22 internalTrafficPolicy s, 23 trafficDistribution s
PortStatus         1 port i!, 2 protocol s!, 3 error s
LoadBalancerIngress 1 ip s!, 2 hostname s!, 3 ipMode s, 4 ports PortStatus*
LoadBalancerStatus 1 ingress LoadBalancerIngress*
ServiceStatus      1 loadBalancer LoadBalancerStatus!, 2 conditions Condition*
Service            1 metadata ObjectMeta!, 2 spec ServiceSpec!, 3 status ServiceStatus!

ObjectReference    1 kind s!, 2 namespace s!, 3 name s!, 4 uid s!, 5 apiVersion s!, 6 resourceVersion s!, 7 fieldPath s!
EndpointConditions 1 ready b, 2 serving b, 3 terminating b
ForName            1 name s!
EndpointHints      1 forZones ForName*, 2 forNodes ForName*
Endpoint           1 addresses s*, 2 conditions EndpointConditions!, 3 hostname s, 4 targetRef ObjectReference, 5 deprecatedTopology map, 6 nodeName s, 7 zone s, 8 hints EndpointHints
EndpointPort       1 name s, 2 protocol s, 3 port i, 4 appProtocol s
EndpointSlice      1 metadata ObjectMeta!, 2 endpoints Endpoint*, 3 ports EndpointPort*, 4 addressType s!

ContainerPort      1 name s!, 2 hostPort i!, 3 containerPort i!, 4 protocol s!, 5 hostIP s!
EnvVar~            1 name s!, 2 value s!
VolumeMount~       1 name s!, 2 readOnly b!, 3 mountPath s!, 4 subPath s!
Resources~         1 limits quantities, 2 requests quantities
Container~         1 name s!, 2 image s!, 3 command s*, 4 args s*, 5 workingDir s!, 6 ports ContainerPort*, 7 env EnvVar*, 8 resources Resources!, 9 volumeMounts VolumeMount*, 13 terminationMessagePath s!, 14 imagePullPolicy s!, 16 stdin b!, 17 stdinOnce b!, 18 tty b!, 20 terminationMessagePolicy s!
Toleration         1 key s!, 2 operator s!, 3 value s!, 4 effect s!, 5 tolerationSeconds i
PodSpec~           2 containers Container*, 3 restartPolicy s!, 4 terminationGracePeriodSeconds i, 6 dnsPolicy s!, 7 nodeSelector map, 8 serviceAccountName s!, 9 serviceAccount s!, 10 nodeName s!, 11 hostNetwork b!, 12 hostPID b!, 13 hostIPC b!, 16 hostname s!, 17 subdomain s!, 19 schedulerName s!, 20 initContainers Container*, 22 tolerations Toleration*, 24 priorityClassName s!, 25 priority i, 30 enableServiceLinks b
Address            1 ip s!
PodCondition       1 type s!, 2 status s!, 3 lastProbeTime Time!, 4 lastTransitionTime Time!, 5 reason s!, 6 message s!, 7 observedGeneration i!
ContainerStatus~   1 name s!, 4 ready b!, 5 restartCount i!, 6 image s!, 7 imageID s!, 8 containerID s!, 9 started b
PodStatus~         1 phase s!, 2 conditions PodCondition*, 3 message s!, 4 reason s!, 5 hostIP s!, 6 podIP s!, 7 startTime Time, 8 containerStatuses ContainerStatus*, 9 qosClass s!, 11 nominatedNodeName s!, 12 podIPs Address*, 16 hostIPs Address*, 17 observedGeneration i!
Pod                1 metadata ObjectMeta!, 2 spec PodSpec!, 3 status PodStatus!

Unknown            1 typeMeta TypeMeta!, 2 raw x, 3 contentEncoding s!, 4 contentType s!
RawExtension       1 raw x
WatchEvent         1 type s!, 2 object RawExtension!
Quantity           1 string s!
Timestamp          1 seconds i!, 2 nanos i!
RawFields          1 Raw x
IntOrStringMessage 1 type i!, 2 intVal i!, 3 strVal s!
"""

{{/* What a schema cannot say: settings that only fail together. Each sentence names the settings and the remedy. */}}
{{- define "ticketmesh.guards" -}}
{{- $stop := .Values.stopping }}
{{- if and (not .Values.blobs.url) (not .Values.blobs.existingClaim) }}
{{- fail "blobs.url and blobs.existingClaim are both empty: files would go away with their pod. Name a bucket (s3://bucket/prefix) or a ReadWriteMany claim." }}
{{- end }}
{{- if and .Values.blobs.url .Values.blobs.existingClaim }}
{{- fail "blobs.url and blobs.existingClaim are both set. Keep one of them." }}
{{- end }}
{{- if lt (int $stop.terminationGracePeriodSeconds) (int (add $stop.preStopSeconds (mul 2 $stop.graceSeconds))) }}
{{- fail "stopping.terminationGracePeriodSeconds is shorter than preStopSeconds + 2 × graceSeconds: pods would be killed with calls in flight. Raise it." }}
{{- end }}
{{- range $role := include "ticketmesh.roles" . | splitList " " }}
{{- $set := include "ticketmesh.role" (list $ $role) | fromYaml }}
{{- if and $set.autoscaling.enabled $set.keda.enabled }}
{{- fail (printf "roles.%s has autoscaling.enabled and keda.enabled: they would fight over its pods. Keep one of them." $role) }}
{{- end }}
{{- if and $set.keda.enabled (not (has $role (list "workflow" "notify"))) }}
{{- fail (printf "roles.%s.keda.enabled: it has no queue to be scaled by. Use autoscaling." $role) }}
{{- end }}
{{- end }}
{{- range $service := include "ticketmesh.services" . | splitList " " }}
{{- $set := include "ticketmesh.database" (list $ $service) | fromYaml }}
{{- if not $set.existingSecret }}
{{- fail (printf "database.%s.existingSecret is empty, and so is database.common.existingSecret. Name the secret of its database." $service) }}
{{- end }}
{{- if and (not $set.keys.uri) (not $set.host) (not $set.keys.host) }}
{{- fail (printf "database.%s says no host. Set its keys.uri, keys.host or host." $service) }}
{{- end }}
{{- end }}
{{- if and .Values.admin.existingSecret (not .Values.admin.email) }}
{{- fail "admin.existingSecret is set, admin.email is not. Give the address the administrator signs in with." }}
{{- end }}
{{- $gateway := .Values.gatewayApi }}
{{- if and (or $gateway.httpRoute.enabled $gateway.grpcRoute.enabled) (not $gateway.parentRefs) }}
{{- fail "gatewayApi.parentRefs is empty: the routes would belong to no Gateway. Name one." }}
{{- end }}
{{- if and .Values.ingress.grpc.enabled (not .Values.ingress.grpc.host) }}
{{- fail "ingress.grpc.host is empty. Give native gRPC a host of its own, or use gatewayApi.grpcRoute, which needs none." }}
{{- end }}
{{- if and .Values.certificate.enabled (or (not .Values.ingress.tlsSecret) (not .Values.certificate.issuerRef)) }}
{{- fail "certificate.enabled needs ingress.tlsSecret, where the certificate goes, and certificate.issuerRef, who signs it." }}
{{- end }}
{{- if and .Values.mtls.enabled (not .Values.mtls.issuerRef) }}
{{- fail "mtls.enabled needs mtls.issuerRef, who signs the certificates of the roles. Name an issuer of cert-manager whose authority signs for nobody else." }}
{{- end }}
{{- end }}

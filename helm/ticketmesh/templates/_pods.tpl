{{/* What every pod has, those of hooks and tests too: no token, no rights, nothing written but where a volume is. */}}

{{/* The head of a pod's spec. `enableServiceLinks` would put variables of other services into ours, which we refuse. */}}
{{- define "ticketmesh.podHead" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- $secrets := concat .Values.global.imagePullSecrets .Values.image.pullSecrets | uniq }}
{{- with $secrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end }}

{{/* The head of a container. */}}
{{- define "ticketmesh.containerHead" -}}
image: {{ include "ticketmesh.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
workingDir: /var/lib/ticketmesh
securityContext:
  {{- toYaml .Values.containerSecurityContext | nindent 2 }}
{{- end }}

{{/* Requests and limits without those that are empty: below another chart nothing else can take a default away. */}}
{{- define "ticketmesh.resources" -}}
{{- $kept := dict }}
{{- range $kind, $amounts := . }}
{{- if kindIs "map" $amounts }}
{{- $some := dict }}
{{- range $name, $amount := $amounts }}
{{- if $amount }}{{- $_ := set $some $name $amount }}{{- end }}
{{- end }}
{{- if $some }}{{- $_ := set $kept $kind $some }}{{- end }}
{{- else }}
{{- $_ := set $kept $kind $amounts }}
{{- end }}
{{- end }}
{{- toYaml $kept }}
{{- end }}

{{/* The certificate authority of one service's database, as a volume; empty when there is none. */}}
{{- define "ticketmesh.caVolume" -}}
{{- $set := include "ticketmesh.database" . | fromYaml }}
{{- with $set.caSecret -}}
- name: database-ca{{ if gt (len $) 2 }}-{{ index $ 1 }}{{ end }}
  secret:
    secretName: {{ . }}
{{- end }}
{{- end }}

{{- define "ticketmesh.caMount" -}}
{{- $set := include "ticketmesh.database" . | fromYaml }}
{{- if $set.caSecret -}}
- name: database-ca{{ if gt (len .) 2 }}-{{ index . 1 }}{{ end }}
  mountPath: /etc/ticketmesh/database
  readOnly: true
{{- end }}
{{- end }}

{{/* A container that brings one service's database to this version's schema: (list $ "identity" "its-name"). */}}
{{- define "ticketmesh.migrateContainer" -}}
{{- $root := index . 0 }}{{- $service := index . 1 -}}
- name: {{ index . 2 }}
  {{- include "ticketmesh.containerHead" $root | nindent 2 }}
  args: [migrate]
  env:
    {{- include "ticketmesh.databaseEnv" (list $root $service) | nindent 4 }}
  {{- with $root.Values.migrations.resources }}
  resources:
    {{- include "ticketmesh.resources" . | nindent 4 }}
  {{- end }}
  {{- with include "ticketmesh.caMount" (index . 3) }}
  volumeMounts:
    {{- . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* The spec of the pod that migrates all four, one container each: none sees another's secret. */}}
{{- define "ticketmesh.migratePod" -}}
restartPolicy: Never
{{ include "ticketmesh.podHead" . }}
containers:
  {{- range $service := include "ticketmesh.services" . | splitList " " }}
  {{- include "ticketmesh.migrateContainer" (list $ $service $service (list $ $service "own")) | nindent 2 }}
  {{- end }}
{{- $volumes := list }}
{{- range $service := include "ticketmesh.services" . | splitList " " }}
{{- with include "ticketmesh.caVolume" (list $ $service "own") }}
{{- $volumes = append $volumes . }}
{{- end }}
{{- end }}
{{- with $volumes }}
volumes:
  {{- join "\n" . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Names and labels. The labels of selectors never change: Kubernetes refuses to change them in an upgrade. */}}

{{- define "ticketmesh.roles" -}}
identity tickets workflow notify gateway
{{- end }}

{{/* Whose databases there are. */}}
{{- define "ticketmesh.services" -}}
identity tickets workflow notify
{{- end }}

{{- define "ticketmesh.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Short enough for "-workflow" and a hash behind it. */}}
{{- define "ticketmesh.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $whole := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $whole .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* Of one part: (list $ "identity"). */}}
{{- define "ticketmesh.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "ticketmesh.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "ticketmesh.labels" -}}
{{- $root := index . 0 -}}
{{ include "ticketmesh.selector" . }}
app.kubernetes.io/part-of: ticketmesh
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Name and labels of an object: (list $ "identity"), or (list $ "identity" "its-name"). */}}
{{- define "ticketmesh.metadata" -}}
{{- $root := index . 0 -}}
name: {{ if gt (len .) 2 }}{{ index . 2 }}{{ else }}{{ include "ticketmesh.fullname" $root }}-{{ index . 1 }}{{ end }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "ticketmesh.labels" . | nindent 2 }}
{{- end }}

{{/* Settings of a role, over the defaults. */}}
{{- define "ticketmesh.role" -}}
{{- $root := index . 0 -}}
{{- mergeOverwrite (deepCopy $root.Values.defaults) (deepCopy (index $root.Values.roles (index . 1))) | toYaml }}
{{- end }}

{{- define "ticketmesh.image" -}}
{{- $image := .Values.image }}
{{- $name := printf "%s/%s" (default $image.registry .Values.global.imageRegistry) $image.repository | trimPrefix "/" }}
{{- if $image.digest }}{{ $name }}@{{ $image.digest }}{{ else }}{{ $name }}:{{ default .Chart.AppVersion $image.tag }}{{ end }}
{{- end }}

{{- define "ticketmesh.host" -}}
{{- (urlParse .Values.publicUrl).host | splitList ":" | first }}
{{- end }}

{{/* Addresses of one service: headless, so that a name has all pods, unless somebody else spreads the calls. */}}
{{- define "ticketmesh.peer" -}}
{{ ternary "https" "http" (index . 0).Values.mtls.enabled }}://{{ include "ticketmesh.fullname" (index . 0) }}-{{ index . 1 }}:50051
{{- end }}

{{/* The certificate of one role, and the secret it is in: (list $ "identity"). */}}
{{- define "ticketmesh.mtls" -}}
{{ include "ticketmesh.fullname" (index . 0) }}-{{ index . 1 }}-mtls
{{- end }}

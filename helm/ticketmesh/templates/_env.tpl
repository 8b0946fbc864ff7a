{{/* What a process is told. Secrets come from secrets of yours, by reference; nothing secret stands in a manifest. */}}

{{/* Settings of a service's database, over the common ones. */}}
{{- define "ticketmesh.database" -}}
{{- $root := index . 0 -}}
{{- mergeOverwrite (deepCopy $root.Values.database.common) (deepCopy (index $root.Values.database (index . 1))) | toYaml }}
{{- end }}

{{/* An entry of env whose value is in a secret. */}}
{{- define "ticketmesh.fromSecret" -}}
{{- $name := index . 0 -}}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 }}
      key: {{ index . 2 }}
{{- end }}

{{/* An entry from a key of a database's secret, or the value where no key says it. */}}
{{- define "ticketmesh.part" -}}
{{- $name := index . 0 }}{{- $set := index . 1 }}{{- $key := index . 2 }}
{{- if $key }}
{{- include "ticketmesh.fromSecret" (list $name $set.existingSecret $key) }}
{{- else -}}
- name: {{ $name }}
  value: {{ index . 3 | toString | quote }}
{{- end }}
{{- end }}

{{/*
The database of one service: its whole address from a secret, or its parts. The driver reads the `PG…` variables for whatever
the address leaves out, so that a password with odd letters needs no encoding.
*/}}
{{- define "ticketmesh.databaseEnv" -}}
{{- $service := index . 1 -}}
{{- $set := include "ticketmesh.database" . | fromYaml -}}
{{- $variable := printf "TM_%s_DATABASE_URL" (upper $service) -}}
{{- if $set.keys.uri }}
{{- include "ticketmesh.fromSecret" (list $variable $set.existingSecret $set.keys.uri) }}
{{- else }}
{{- include "ticketmesh.part" (list "PGHOST" $set $set.keys.host $set.host) }}
{{ include "ticketmesh.part" (list "PGPORT" $set $set.keys.port $set.port) }}
{{ include "ticketmesh.part" (list "PGDATABASE" $set $set.keys.name (default $service $set.name)) }}
{{ include "ticketmesh.part" (list "PGUSER" $set $set.keys.user (default $service $set.user)) }}
{{ include "ticketmesh.fromSecret" (list "PGPASSWORD" $set.existingSecret $set.keys.password) }}
- name: {{ $variable }}
  value: postgres://$(PGUSER)@$(PGHOST):$(PGPORT)/$(PGDATABASE)
{{- end }}
{{- with $set.sslMode }}
- name: PGSSLMODE
  value: {{ . }}
{{- end }}
{{- if $set.caSecret }}
- name: PGSSLROOTCERT
  value: /etc/ticketmesh/database/{{ $set.caKey }}
{{- end }}
{{- end }}

{{/* Where the keys of the mesh are; the master key is for identity, and for who makes its first administrator: (list $ "identity"). */}}
{{- define "ticketmesh.keysEnv" -}}
{{- $keys := (index . 0).Values.keys -}}
{{- if eq (index . 1) "identity" -}}
- name: TM_MASTER_KEY_FILE
  value: /etc/ticketmesh/keys/{{ $keys.masterKey }}
{{ end -}}
- name: TM_MESH_KEY_FILE
  value: /etc/ticketmesh/keys/{{ $keys.meshKey }}
{{- end }}

{{/* The secret of the keys, as much of it as a role needs. */}}
{{- define "ticketmesh.keysVolume" -}}
{{- $keys := (index . 0).Values.keys -}}
- name: keys
  secret:
    secretName: {{ $keys.existingSecret }}
    {{- if ne (index . 1) "identity" }}
    items:
      - key: {{ $keys.meshKey }}
        path: {{ $keys.meshKey }}
    {{- end }}
{{- end }}

{{/* Where files are kept. */}}
{{- define "ticketmesh.blobsEnv" -}}
{{- with .Values.blobs -}}
- name: TM_BLOBS_URL
  value: {{ default "file:///var/lib/ticketmesh/blobs" .url }}
{{- if .redirect }}
- name: TM_BLOBS_REDIRECT
  value: "true"
{{- end }}
{{- if .existingSecret }}
{{ include "ticketmesh.fromSecret" (list "AWS_ACCESS_KEY_ID" .existingSecret .accessKeyId) }}
{{ include "ticketmesh.fromSecret" (list "AWS_SECRET_ACCESS_KEY" .existingSecret .secretAccessKey) }}
{{- end }}
{{- with .region }}
- name: AWS_REGION
  value: {{ . }}
{{- end }}
{{- with .endpoint }}
- name: AWS_ENDPOINT_URL
  value: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Whom a role calls: calls go down only. */}}
{{- define "ticketmesh.calls" -}}
{{- get (dict "identity" "" "tickets" "identity" "workflow" "identity tickets" "notify" "identity" "gateway" "identity tickets workflow notify") . }}
{{- end }}

{{/* What a role shows to those it calls, and to those that call it, whom people are not among: (list $ "identity"). */}}
{{- define "ticketmesh.mtlsEnv" -}}
{{- $role := index . 1 -}}
{{- if include "ticketmesh.calls" $role }}
- name: TM_PEER_CA_FILE
  value: /etc/ticketmesh/mtls/ca.crt
- name: TM_PEER_CERT_FILE
  value: /etc/ticketmesh/mtls/tls.crt
- name: TM_PEER_KEY_FILE
  value: /etc/ticketmesh/mtls/tls.key
{{- end }}
{{- if ne $role "gateway" }}
- name: TM_TLS_CERT_FILE
  value: /etc/ticketmesh/mtls/tls.crt
- name: TM_TLS_KEY_FILE
  value: /etc/ticketmesh/mtls/tls.key
- name: TM_TLS_CLIENT_CA_FILE
  value: /etc/ticketmesh/mtls/ca.crt
{{- end }}
{{- end }}

{{/* Everything a role is told: (list $ "identity" $set). */}}
{{- define "ticketmesh.roleEnv" -}}
{{- $root := index . 0 }}{{- $role := index . 1 }}{{- $set := index . 2 }}{{- $values := $root.Values -}}
- name: TM_LISTEN
  value: 0.0.0.0:{{ ternary 8080 50051 (eq $role "gateway") }}
- name: TM_ADMIN_LISTEN
  value: 0.0.0.0:9090
- name: TM_STOP_GRACE
  value: {{ $values.stopping.graceSeconds }}s
- name: TM_PUBLIC_URL
  value: {{ $values.publicUrl }}
{{ include "ticketmesh.keysEnv" (list $root $role) }}
{{ include "ticketmesh.fromSecret" (list "TM_AMQP_URL" $values.broker.existingSecret $values.broker.key) }}
- name: TM_AMQP_PREFIX
  value: {{ $values.broker.prefix }}
- name: TM_LOG
  value: {{ $values.telemetry.log | quote }}
- name: TM_LOG_FORMAT
  value: {{ $values.telemetry.format }}
{{- with $values.telemetry.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . }}
{{- end }}
{{- with include "ticketmesh.calls" $role }}
- name: TM_PEER_BALANCING
  value: {{ $values.grpc.clientLoadBalancing }}
{{- range $peer := splitList " " . }}
- name: TM_{{ upper $peer }}_URL
  value: {{ include "ticketmesh.peer" (list $root $peer) }}
{{- end }}
{{- end }}
{{- if $values.mtls.enabled }}
{{- include "ticketmesh.mtlsEnv" (list $root $role) }}
{{- end }}
{{- if ne $role "gateway" }}
- name: TM_MIGRATE
  value: wait
{{ include "ticketmesh.databaseEnv" (list $root $role) }}
{{- end }}
{{- if has $role (list "tickets" "gateway") }}
{{ include "ticketmesh.blobsEnv" $root }}
{{- end }}
{{- if has $role (list "identity" "notify") }}
{{- with $values.mail.existingSecret }}
{{ include "ticketmesh.fromSecret" (list "TM_SMTP_URL" . $values.mail.key) }}
{{- end }}
{{- with $values.mail.from }}
- name: TM_MAIL_FROM
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- if and (eq $role "tickets") $values.scan.clamd }}
- name: TM_SCAN_CLAMD
  value: {{ $values.scan.clamd }}
{{- end }}
{{- if and (eq $role "gateway") $values.trustedProxies }}
- name: TM_TRUSTED_PROXIES
  value: {{ join "," $values.trustedProxies }}
{{- end }}
{{- range $name, $value := $set.env }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- with $set.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

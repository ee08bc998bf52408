{{- define "relay.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "relay.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "relay.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "relay.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "relay.selector" -}}
app.kubernetes.io/name: {{ include "relay.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "relay.labels" -}}
{{ include "relay.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "relay.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "relay.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "relay.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- if hasPrefix "sha256:" $tag -}}
{{- printf "%s@%s" .Values.image.repository $tag -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository $tag -}}
{{- end -}}
{{- end -}}

{{- define "relay.identitySecret" -}}
{{- required "teleport.identitySecretName: the secret with the relay's Teleport identity" (.Values.teleport.identitySecretName | default .Values.teleport.identityFromSecret) -}}
{{- end -}}

{{/* The official chart's severities are those of its plugin. */}}
{{- define "relay.logLevel" -}}
{{- $severity := .Values.log.severity | lower -}}
{{- $known := dict "trace" "debug" "debug" "debug" "info" "info" "warn" "warn" "warning" "warn" "err" "error" "error" "error" -}}
{{- required (printf "log.severity: %s is none of DEBUG, INFO, WARN, ERROR" .Values.log.severity) (get $known $severity) -}}
{{- end -}}

{{/* The relay's configuration: what this chart knows, and over it the sections of .Values.config. */}}
{{- define "relay.config" -}}
{{- $teleport := dict
  "address" (required "teleport.address: host:port of the cluster's proxy or Auth Service" .Values.teleport.address)
  "identity_file" (printf "/var/run/relay/identity/%s" .Values.teleport.identitySecretPath) -}}
{{- if .Values.teleport.webCa.configMap -}}
{{- $_ := set $teleport "web_ca_file" (printf "/var/run/relay/web-ca/%s" (.Values.teleport.webCa.key | default "ca.pem")) -}}
{{- end -}}
{{- $decisions := dict "mode" (required "decisions.mode: choose observe, set-state or review-as-bot" .Values.decisions.mode) -}}
{{- if ne .Values.decisions.mode "observe" -}}
{{- $_ := set $decisions "approver_identity" (required "decisions.approverIdentity: choose trait, email or any" .Values.decisions.approverIdentity) -}}
{{- end -}}
{{- $http := dict "health_address" "0.0.0.0:8090" -}}
{{- if .Values.push.enabled -}}
{{- $_ := set $http "decisions_address" (printf "0.0.0.0:%v" .Values.push.port) -}}
{{- end -}}
{{- $config := dict
  "teleport" $teleport
  "jira_app" (dict "pairing_token_file" (printf "/var/run/relay/pairing/%s" .Values.jiraApp.pairingTokenSecretPath))
  "decisions" (mergeOverwrite $decisions (deepCopy .Values.decisions.extra))
  "http" $http
  "log" (dict "level" (include "relay.logLevel" .)) -}}
{{- with .Values.ceiling -}}
{{- $_ := set $config "ceiling" . -}}
{{- end -}}
{{- mergeOverwrite $config (deepCopy .Values.config) | toYaml -}}
{{- end -}}

kafka {
  client_id       = "actorpipe"
  instance_id     = ""                    # static membership
  start           = "oldest"              # or "newest": where a new group begins
  assignor        = "cooperative-sticky"  # or "range"
  session_timeout = "6s"
  hand_over       = "5s"
  commit_interval = "500ms"
  topic_timeout   = "30s"
  fetch_memory    = "64MiB"
  # tls { ca_file cert_file key_file server_name }   sasl { mechanism username password }
  topic "tweets" {
    target = "geo"                        # field that takes the geo object; "a.b": b of the object a, which is made where it is missing
    id     = "offset"                     # or "key", or "field:PATH"
  }
}
geoip {
  locales = ["en"]
  reload  = "30s"                         # how often the file is looked at
}
elasticsearch {
  # username password api_key, tls { ca_file ca_fingerprint cert_file key_file }
  request_timeout = "60s"
  gzip            = false
  template        = true                  # geo_point mapping for indices that have none; 403 on it is one warning
  bulk {
    max_bytes = "2MiB"
    max_age   = "200ms"
  }
  backoff {
    initial = "100ms"
    max     = "30s"
  }
}
dlq "file" {                              # or dlq "kafka" with topic = "...", and path for entries too large for it
  path = "actorpipe-dlq.ndjson"
}
monitor {
  stall_timeout = "60s"
}
log {
  level  = "info"
  format = "auto"                         # text on a terminal, json otherwise
}
in_flight_limit = "64MiB"
shutdown_grace  = "25s"

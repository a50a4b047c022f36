kafka {
  brokers         = ["kafka-1:9092", "[::1]:9093"]
  group           = "g"
  client_id       = "c"
  instance_id     = "i-1"
  start           = "newest"
  assignor        = "range"
  session_timeout = "30s"
  hand_over       = "9s"
  commit_interval = "1s"
  topic_timeout   = "2m"
  fetch_memory    = "1GiB"
  tls {
    ca_file     = "testdata/database"
    cert_file   = "testdata/database"
    key_file    = "testdata/database"
    server_name = "kafka.internal"
  }
  sasl {
    mechanism = "SCRAM-SHA-512"
    username  = "reader"
    password  = env("ACTORPIPE_TEST_SECRET")
  }
  topic "zebras" {
    index   = "logs-zebras"
    address = "client.ip"
    target  = "client.geo"
    id      = "field:event.id"
  }
  topic "Ants" {
    index = "ants"
    id    = "key"
  }
}
geoip {
  database = "testdata/database"
  workers  = 7
  locales  = ["de", "en"]
  reload   = "1m"
}
elasticsearch {
  addresses = ["https://es-1:9200/prefix", "https://es-2"]
  workers   = 5
  username  = "writer"
  password  = env("ACTORPIPE_TEST_SECRET")
  tls {
    ca_file        = "testdata/database"
    ca_fingerprint = "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89"
    cert_file      = "testdata/database"
    key_file       = "testdata/database"
  }
  request_timeout = "5s"
  gzip            = true
  template        = false
  bulk {
    max_bytes = "512KiB"
    max_age   = "50ms"
  }
  backoff {
    initial = "1s"
    max     = "1s"
  }
}
mailbox "dlq" { capacity = 5 }
mailbox "Ants" { capacity = 6 }
dlq "file" {
  path      = "testdata/refused.ndjson"
  max_bytes = "1GiB"
}
monitor {
  interval      = "1s"
  listen        = ""
  stall_timeout = "3m"
}
log {
  level  = "debug"
  format = "json"
}
in_flight_limit = "128MiB"
shutdown_grace  = "1m30s"

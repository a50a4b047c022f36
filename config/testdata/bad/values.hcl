kafka {
  brokers         = ["localhost", "http://localhost:9092", "localhost:0", ":9092", "localhost:9092"]
  group           = " "
  client_id       = ""
  instance_id     = "a b"
  start           = "latest"
  assignor        = "cooperativ-sticky"
  session_timeout = "6"
  hand_over       = "-5s"
  commit_interval = "0s"
  topic_timeout   = "30 seconds"
  fetch_memory    = "64 megs"
  sasl {
    mechanism = "scram-sha-512"
    username  = ""
    password  = ""
  }
  topic "users" {
    id = "fields:Id"
  }
}

geoip {
  workers = 0
  reload  = "1us"
}

elasticsearch {
  addresses       = ["localhost:9200", "ftp://localhost", "http://", "http://u:p4ss@localhost:9200", "http://localhost:9200?a=b", "http://localhost:99999"]
  workers         = -1
  request_timeout = "9999999h"
  bulk {
    max_bytes = "0MiB"
    max_age   = ""
  }
  backoff {
    initial = "-1s"
  }
}

mailbox "users" {
  capacity = 0
}

monitor {
  listen = "9600"
}

log {
  level  = "information"
  format = "yaml"
}

in_flight_limit = "-5MiB"
shutdown_grace  = "99999999999h"

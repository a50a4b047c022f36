kafka {
  brokers   = ["localhost:9092"]
  group     = "actorpipe"
  hand_over = "10s"
  tls {
    cert_file = "testdata/database"
  }
  sasl {
  }
  topic "tweets" {
    address = "RemoteAddress"
  }
}

geoip {
  workers = 3
}

elasticsearch {
  addresses = ["http://localhost:9200"]
  username  = "writer"
  api_key   = "c2VjcmV0"
  tls {
    ca_fingerprint = "abc"
    key_file       = "testdata/database"
  }
  backoff {
    initial = "1m"
  }
}

dlq "file" {
}

dlq "kafka" {
  topic = "letters"
}

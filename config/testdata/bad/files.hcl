kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  tls {
    ca_file = "testdata/nowhere/ca.pem"
  }
  topic "users" {}
}

geoip {
  database = "testdata/nowhere.mmdb"
}

elasticsearch {
  addresses = ["https://localhost:9200"]
  tls {
    ca_file   = "testdata"
    cert_file = "testdata/nowhere/client.pem"
    key_file  = "testdata/nowhere/client.key"
  }
}

dlq "file" {
  path = "testdata/nowhere/dlq.ndjson"
}

kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  topic "users" {}
}

elasticsearch {
  addresses = ["http://localhost:9200"]
}

dlq "kafka" {
  path = "dlq.ndjson"
}

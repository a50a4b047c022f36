kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  topic "users" {}
  topic "letters" {}
}

elasticsearch {
  addresses = ["http://localhost:9200"]
}

dlq "kafka" {
  topic = "letters"
  path  = "testdata"

  max_bytes = "0B"
}

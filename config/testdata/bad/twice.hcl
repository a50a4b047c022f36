kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  group   = "other"
  topic "users" {}
}

elasticsearch {
  addresses = ["http://localhost:9200"]
}

elasticsearch {
  addresses = ["http://localhost:9201"]
}

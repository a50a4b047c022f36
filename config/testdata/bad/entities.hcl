kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  topic "users" { id = "key" }
  topic "staff" {
    index = "users"
    id    = "field:Id"
  }
  topic "log" { index = "users" }
}

elasticsearch {
  addresses = ["http://localhost:9200"]
}

kafka {
  brokers         = ["localhost:9092"]
  group           = "actorpipe"
  session_timeout = "5s"
  topic "users" {}
}

elasticsearch {
  addresses = ["http://localhost:9200"]
  password  = "swordfish"
  backoff {
    max = "50ms"
  }
}

kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  topic "users" {
    index = "users"
  }
}
in_flight_limit = "64MiB"

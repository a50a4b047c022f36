kafka {
  group = "other"
  topic "users" {
    index = "people"
  }
}
elasticsearch {
  addresses = ["http://localhost:9200"]
}
in_flight_limit = "32MiB"
shutdwn_grace   = "5s"

kafak {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  topic "users" {
  }
}

elasticsearch {
  addresses = ["http://localhost:9200"]
}

mailbox "users" {
  capacity = 5
}

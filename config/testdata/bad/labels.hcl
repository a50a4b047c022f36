kafka "main" {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
}

kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  topic {
  }
  topic "users" "tweets" {
  }
  topic "users" {
  }
  topic "users" {
    id = "key"
  }
  topic "enriched" {
  }
  topic "dlq" {
    index = "letters"
  }
  topic "two words" {
  }
}

elasticsearch {
  addresses = ["http://localhost:9200"]
}

mailbox "user" {
  capacity = 0
}

mailbox "something-else" {
}

dlq "fiel" {
}

dlq "file" {
  topic = "letters"
}

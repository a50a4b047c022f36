kafka {
  brokerz = ["localhost:9092"]
  group   = "actorpipe"
  workers = 3
  colour  = "red"
  tls     = "yes"
  start { }
  topik "users" {
  }
  topic "tweets" {
    indx = "tweets"
  }
}

elasticsearch {
  addresses = ["http://localhost:9200"]
  bulks {
    max_bytes = "2MiB"
  }
}

brokers       = ["localhost:9092"]
shutdwn_grace = "25s"

lgo {
  level = "info"
}

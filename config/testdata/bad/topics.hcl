kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  topic "Users" {}
  topic "a" { index = "" }
  topic "b" { index = "-b" }
  topic "c" { index = "a,b" }
  topic "d" { index = ".." }
  topic "e" { index = "Tweets" }
  topic "f" { index = "a:b" }
  topic "g" { target = "geo" }
  topic "h" { id = "field" }
  topic "i" { id = "field:" }
  topic "j" { id = "key:Id" }
  topic "k" { id = "ofset" }
  topic "l" { address = "" }
  topic "m" {
    address = "client.ip"
    target  = "client"
  }
  topic "n" { address = "geo" }
  topic "o" { address = "client..ip" }
}

elasticsearch {
  addresses = ["http://localhost:9200"]
}

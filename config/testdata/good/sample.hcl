kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"

  topic "tweets" {
    address = "RemoteAddress"   # path of the IP address: records of this topic go through the enrichers
    index   = "tweets"
  }
  topic "users" {
    index = "users"             # no address: straight to the writers
  }
}

geoip {
  database = "/var/lib/GeoIP/GeoLite2-City.mmdb"
  workers  = 3
}

elasticsearch {
  addresses = ["http://localhost:9200"]
  workers   = 2
}

mailbox "tweets"   { capacity = 20000 }
mailbox "users"    { capacity = 20000 }
mailbox "enriched" { capacity = 20000 }

monitor {
  interval = "10s"
  listen   = "127.0.0.1:9600"
}

kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  topic "tweets" { address = "RemoteAddress" }
  topic "users" {}
}
geoip { database = "/var/lib/GeoIP/GeoLite2-City.mmdb" }
elasticsearch { addresses = ["http://localhost:9200"] }

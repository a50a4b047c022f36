# The configuration of actorpipe in compose.yaml. Every key there is, with its
# default, is in config/config.hcl.

kafka {
  brokers = ["kafka:9092"]
  group   = "actorpipe"

  topic "tweets" {
    address = "RemoteAddress"
  }
  topic "users" {}
}

geoip {
  database = "/var/lib/GeoIP/GeoLite2-City.mmdb"
}

elasticsearch {
  addresses = ["http://elasticsearch:9200"]
}

dlq "file" {
  path = "/var/lib/actorpipe/dlq.ndjson" # on a volume
}

monitor {
  listen = "0.0.0.0:9600" # published on the host's loopback only
}

shutdown_grace = "25s" # below stop_grace_period

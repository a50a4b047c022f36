kafka {
  brokers         = "localhost:9092"
  group           = 5
  client_id       = null
  start           = newest
  session_timeout = 6
  fetch_memory    = 67108864
  topic "users" {
    index = ["users"]
  }
}

geoip {
  workers = "3"
  locales = ["en", 5, null, ""]
}

elasticsearch {
  addresses = []
  workers   = 2.5
  gzip      = "false"
  template  = 1
  username  = { name = "writer" }
  password  = env("ACTORPIPE_TEST_UNSET")
}

monitor {
  interval = later("10s")
  listen   = "127.0.0.1:${port}"
}

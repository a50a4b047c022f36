kafka {
  topic "tweets" {
    address = "RemoteAddress"
  }
}
geoip {
  database = "city.mmdb"
}

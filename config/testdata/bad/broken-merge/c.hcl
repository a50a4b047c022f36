monitor {
  interval =
}

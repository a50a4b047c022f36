# actorpipe: every key, and its default.
#
# This file is the shortest useful configuration written out in full: take a line
# away and nothing changes, but for the five that have no default: brokers, group,
# the topics, database and addresses. Keys that are commented out have no value by
# default.
#
# Durations are texts like "200ms", "30s" or "1m30s", sizes like "512KiB" or "5MiB".
# env("NAME") is the value of an environment variable; one that is not set is an
# error. Use it for secrets. Relative paths start at the working directory.
#
# A configuration can be spread over several files or a directory of *.hcl files:
# blocks of one name are merged, a key that is set twice is an error. Check it with
# actorpipe validate -c FILE, which connects to nothing.

# Where records come from.
kafka {
  # Some of the brokers, host:port; the others are learned from them. Required.
  brokers = ["localhost:9092"]

  # The consumer group. Processes of one group share the partitions. Another group
  # reads everything again. Required.
  group = "actorpipe"

  # The name of this program in the logs and quotas of the brokers.
  client_id = "actorpipe"

  # The name of this process for static membership, one of its own for each process:
  # a restart within session_timeout then moves no partitions. Empty: none.
  instance_id = ""

  # Where a group begins that has committed nothing yet: "oldest", or "newest" to
  # leave out what is there already.
  start = "oldest"

  # How members share partitions: "cooperative-sticky" moves only what must move,
  # "range" is for groups with members that know nothing else. All members of a
  # group must have the same.
  assignor = "cooperative-sticky"

  # How long the brokers wait for a sign of life before a process counts as dead and
  # its partitions go to others. Shorter: taken over sooner after a crash. Longer:
  # patient with slow networks. The brokers have limits, from 6s as they come.
  session_timeout = "6s"

  # How long a partition that moves to another process may take to finish what is
  # being written. What is not finished by then is read again there, and stored once
  # all the same. Less than session_timeout.
  hand_over = "5s"

  # How often the offsets of settled records are committed. Longer: fewer commits,
  # more to read again after a crash.
  commit_interval = "500ms"

  # How long a topic may be unknown to the brokers before that is a fatal error.
  topic_timeout = "30s"

  # Memory for what is fetched and not in flight yet, over all partitions. A quarter is
  # for what waits to be in flight; brokers are asked for a sixteenth at once, because
  # records become up to twelve times as large when they are unpacked. (Of what each
  # partition takes beside that, 16KiB are for the same.) Less: smaller fetches, and below
  # 16MiB more CPU for the same records. More: for records that compress better than
  # tenfold, or have but a few bytes.
  fetch_memory = "64MiB"

  # Secured connections. An empty block trusts the roots of the system.
  #tls {
  #  ca_file     = "/etc/actorpipe/kafka-ca.pem"  # PEM, instead of the system's roots
  #  cert_file   = "/etc/actorpipe/client.pem"    # PEM, who we are; with key_file
  #  key_file    = "/etc/actorpipe/client.key"
  #  server_name = "kafka.internal"               # to verify instead of the broker's host
  #}

  # Authentication. The mechanism is "PLAIN" (the default: use it with tls only),
  # "SCRAM-SHA-256" or "SCRAM-SHA-512".
  #sasl {
  #  mechanism = "PLAIN"
  #  username  = "actorpipe"
  #  password  = env("KAFKA_PASSWORD")
  #}

  # A topic of this name; at least one. Its records wait in a mailbox of its name,
  # so none can be called "enriched" or "dlq".
  topic "tweets" {
    # Where its documents go: an index, an alias or a data stream. By default the
    # name of the topic.
    index = "tweets"

    # The field with the IP address: "client.ip" is the field ip of the object
    # client. It makes the records go through the enrichers. None by default.
    address = "RemoteAddress"

    # The field that takes the geo object, beside the address. An object on the way
    # is made where it is missing. Only with an address.
    target = "geo"

    # What document ids are made of. "offset": the record's place in Kafka; each
    # record is a document. "key" or "field:PATH": the record's key or a field of it
    # names an entity, and the newest record of it wins; all records of an entity must
    # be in one partition, and the index no data stream.
    id = "offset"
  }
  topic "users" {
    index = "users"
    id    = "offset"
  }
}

# Where addresses are looked up. Not needed where no topic has an address.
geoip {
  # The MaxMind City database, an MMDB file. Required where a topic has an address.
  database = "/var/lib/GeoIP/GeoLite2-City.mmdb"

  # Enrichers: how many batches are worked on at a time. Each can take a CPU.
  workers = 3

  # Languages of names, the first that the database has. At least one.
  locales = ["en"]

  # How often the file is looked at. A new one is taken over without a pause.
  reload = "30s"
}

# Where documents go.
elasticsearch {
  # Nodes of one cluster, http or https. Required.
  addresses = ["http://localhost:9200"]

  # Writers: how many bulk requests are under way at a time.
  workers = 2

  # Who we are: a user and password, or an API key (the encoded form), not both.
  #username = "actorpipe"
  #password = env("ELASTICSEARCH_PASSWORD")
  #api_key  = env("ELASTICSEARCH_API_KEY")

  # Whom https addresses are trusted by. Without it: the roots of the system.
  #tls {
  #  ca_file        = "/etc/actorpipe/http_ca.crt"  # PEM, instead of the system's roots
  #  ca_fingerprint = "64 hex digits"               # SHA-256 of the CA, as Elasticsearch prints it
  #  cert_file      = "/etc/actorpipe/client.pem"   # PEM, who we are; with key_file
  #  key_file       = "/etc/actorpipe/client.key"
  #}

  # How long a bulk request may take. One that takes longer is sent again, which
  # stores nothing twice.
  request_timeout = "60s"

  # Whether requests are compressed. It costs CPU here and saves network.
  gzip = false

  # Whether the index template is put that makes the location a geo_point, for
  # indices that have no mapping for it. Without the right to, it is one warning.
  template = true

  # A request is sent when it is full or old enough, and sooner when the mailbox is
  # full.
  bulk {
    max_bytes = "2MiB"  # of one request; a larger document goes alone
    max_age   = "200ms" # how long a document waits for company
  }

  # How long is waited after a refusal that may pass: doubling, with jitter.
  backoff {
    initial = "100ms"
    max     = "30s"
  }
}

# Queues. The capacity is counted in records; a full one makes its senders wait, up
# to Kafka, which is paused. Larger: smoother, more memory (within in_flight_limit).
# Each topic has one of its name; "enriched" takes what the enrichers made.
mailbox "tweets" { capacity = 20000 }
mailbox "users" { capacity = 20000 }
mailbox "enriched" { capacity = 20000 }
mailbox "dlq" { capacity = 1000 }

# Where records go that are refused for good, each with the reason. Look at them with
# actorpipe dlq inspect, send them again with actorpipe dlq redrive.
#
# In a file: one entry a line. The directory must exist. A process locks its file (by
# path.lock beside it), so two processes need two.
dlq "file" {
  path = "actorpipe-dlq.ndjson"

  # Where the file would grow beyond this it is renamed, to its name with the time in
  # UTC behind it, and a new one begun. Renamed files are kept for ever: move away
  # or remove what you need no more.
  max_bytes = "100MiB"
}

# Or in a topic of the brokers above, which must be there and is none of those that are
# read. An entry is the value; the key is the record's. Entries that are too large for
# the topic go to the file at path.
#dlq "kafka" {
#  topic     = "actorpipe-dlq"
#  path      = "actorpipe-dlq.ndjson"
#  max_bytes = "100MiB"
#}

# How the pipeline is watched.
monitor {
  # How often a report is logged.
  interval = "10s"

  # Page, metrics, report and probes, host:port. There is no password: keep it on
  # loopback or behind something that has one. Empty: no web server.
  listen = "127.0.0.1:9600"

  # How long an actor may make no progress before it counts as stalled: it is named
  # in the log and by /ready, and ends the run after as long again. Waiting is none:
  # a slow or blocked sink, a DLQ that is down and an idle topic never stall.
  stall_timeout = "60s"
}

log {
  # "debug", "info", "warn" or "error".
  level = "info"

  # "text", "json", or "auto": text on a terminal, json otherwise.
  format = "auto"
}

# Memory for records between Kafka and their outcome, split evenly among the topics:
# key, value and 256 bytes each; the value twice and 768 bytes with an address. Less:
# records wait in Kafka sooner.
#
# The process takes at most this, fetch_memory, two bulk bodies for each writer (three
# with gzip), 64KiB for each partition, twice the database and its cache, and on top of
# all that a quarter and 48MiB for garbage and the program. It is added up in the log
# once the partitions are known. The collector keeps to that, and to nine tenths of the
# container's limit (GOMEMLIMIT in the environment goes before both).
in_flight_limit = "64MiB"

# How long a stop may take to finish what is under way before it is cut off. What is
# cut off comes again after a restart. Below what the supervisor of the process
# waits: 30 s in Kubernetes.
shutdown_grace = "25s"

package sandbox

// What messages are made of: it has quotes, line ends, other scripts and emoji,
// so that every escape of JSON is met on the way.
var (
	phrases = [...]string{
		"Just landed, and the weather is nothing like the forecast said.",
		"Three hours in the queue and still no coffee ☕",
		"Does anyone know a good place for lunch near the station?",
		`She said "see you at eight" and it is nine now.`,
		"First train of the morning, last seat by the window.",
		"Deploying on a Friday. What could go wrong?",
		"The new album is out and I have had it on repeat all day 🎧",
		"Straßenbahn fällt aus, also zu Fuß durch den Regen.",
		"Le marché était plein ce matin, mais quelles tomates !",
		"Mañana salimos temprano hacia la costa.",
		"今日はいい天気ですね。",
		"If you can read this, the pipeline works.",
		"Lost my keys again. Third time this month.",
		"Half marathon done in 1:47:12, personal best!",
		"Backpressure is just politeness between machines.",
		"Found an old map in the attic, with C:\\roads that no longer exist.",
		"Who else is watching the match tonight?",
		"Note to self:\n- buy milk\n- call mum\n- fix the build",
		"Our bakery opens at six. The cinnamon buns are gone by seven.",
		"Reading about actors and mailboxes, more fun than it sounds.",
		"Power is back after two hours in the dark.",
		"The ferry is late, the sea is calm, nobody minds.",
		"Bilet alındı, valiz hazır, yarın yoldayız.",
		"Погода отличная, идём в парк!",
		"My cat has opinions about video calls 🐈",
		"Sold out in four minutes. Four!",
		"Roadworks until March, they say.",
		"Thank you all for the kind words today.",
		"Best view of the city is from the hill behind the harbour.",
		"Trying to explain partitions to my grandmother. She gets it.",
		"0.1 + 0.2 is 0.30000000000000004, good morning to you too.",
		"New phone, same number, write me.",
	}
	tags = [...]string{
		"news", "travel", "coffee", "music", "golang", "kafka", "weather", "football", "food", "running", "photo", "monday",
		"reise", "fútbol", "東京", "art", "books", "trains", "sea", "friends", "work", "weekend", "elastic", "maps",
	}
	firstNames = [...]string{
		"Ada", "Bram", "Chloé", "Dmitri", "Elif", "Farah", "Grace", "Hiro", "Inês", "Jonas", "Kofi", "Lucía", "Mei", "Nadia", "Omar", "Priya",
		"Quentin", "Rosa", "Søren", "Tariq", "Uma", "Viktor", "Wanjiru", "Xavier", "Yuki", "Zoë", "Anders", "Bianca", "Cem", "Daria", "Emeka", "Freya",
	}
	lastNames = [...]string{
		"Abe", "Bergström", "Costa", "Dubois", "Evans", "Fischer", "García", "Haddad", "Ivanova", "Jansen", "Kowalski", "Lindqvist", "Müller", "Nakamura", "O'Brien", "Patel",
		"Quispe", "Rossi", "Schmidt", "Tanaka", "Usman", "Varga", "Williams", "Xu", "Yılmaz", "Zhang", "Almeida", "Brown", "Chen", "Demir", "Eze", "Fontaine",
	}
)

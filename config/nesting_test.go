package config

import (
	"strings"
	"testing"
)

func TestLoadSurvivesDeepNesting(t *testing.T) {
	const many = 10_000
	for name, text := range map[string]string{
		"lists":          "in_flight_limit = " + strings.Repeat("[", many),
		"closed":         "in_flight_limit = " + strings.Repeat("[", many) + strings.Repeat("]", many),
		"parentheses":    "in_flight_limit = " + strings.Repeat("(", many),
		"objects":        "in_flight_limit = " + strings.Repeat("{a=", many),
		"calls":          "in_flight_limit = " + strings.Repeat("env(", many),
		"blocks":         strings.Repeat("kafka {\n", many),
		"signs":          "in_flight_limit = " + strings.Repeat("-", many) + "1",
		"conditions":     "in_flight_limit = " + strings.Repeat("true?1:", many) + "1",
		"sums":           "in_flight_limit = " + strings.Repeat("1+", many) + "1",
		"templates":      "in_flight_limit = " + strings.Repeat(`"${`, many),
		"control":        "in_flight_limit = \"" + strings.Repeat(`%{if true}`, many),
		"loops":          "in_flight_limit = " + strings.Repeat("[for a in ", many),
		"not a bracket":  strings.Repeat("]", many),
		"a long file":    strings.Repeat("# nothing\n", 3*many),
		"a long text":    `in_flight_limit = "` + strings.Repeat("5", 30*many) + `"`,
		"splats":         "in_flight_limit = a" + strings.Repeat("[*]", many),
		"indexes":        "in_flight_limit = a" + strings.Repeat("[0]", many),
		"ands":           "in_flight_limit = " + strings.Repeat("true&&", many) + "true",
		"equals":         "in_flight_limit = " + strings.Repeat("1==", many) + "1",
		"less than":      "in_flight_limit = " + strings.Repeat("1<", many) + "1",
		"many keys":      strings.Repeat("a = 1\n", many/10),
		"closing braces": strings.Repeat("}\n", many),
	} {
		t.Run(name, func(t *testing.T) {
			if problems := loadErrors(t, write(t, "deep.hcl", text)); problems.Error() == "" {
				t.Error("the problems say nothing")
			}
		})
	}
}

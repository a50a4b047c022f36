package config

import (
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// evaluation is what expressions of a file can use: the function env and no
// variables.
func evaluation() *hcl.EvalContext {
	return &hcl.EvalContext{Functions: map[string]function.Function{"env": envFunction()}}
}

// envFunction returns env("NAME"). A variable that is not set is an error, one
// that is set to nothing is an empty text.
func envFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "name", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			value, ok := os.LookupEnv(name)
			if !ok {
				return cty.NilVal, function.NewArgErrorf(0, "the environment variable %q is not set", name)
			}
			return cty.StringVal(value), nil
		},
	})
}

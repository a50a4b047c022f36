package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// texts reads a list of texts, each of which the checks have nothing against.
func (r *resolver) texts(key *hcl.Attribute, into *[]string, checks ...func(string) fault) bool {
	if key == nil {
		return true
	}
	list, ok := r.value(key, cty.DynamicPseudoType, "")
	if !ok {
		return false
	}
	if !list.Type().IsTupleType() && !list.Type().IsListType() {
		r.found.at(key.Expr.Range(), key.Name+" must be a list, not "+kind(list.Type()), fmt.Sprintf(`write %s = ["...", "..."]`, key.Name))
		return false
	}
	return r.elements(key, list, into, checks)
}

func (r *resolver) elements(key *hcl.Attribute, list cty.Value, into *[]string, checks []func(string) fault) bool {
	items, _ := key.Expr.(*hclsyntax.TupleConsExpr)
	texts, good := make([]string, 0, list.LengthInt()), true
	for i, item := range list.AsValueSlice() {
		place := key.Expr.Range()
		if items != nil && i < len(items.Exprs) {
			place = items.Exprs[i].Range()
		}
		if item.IsNull() || item.Type() != cty.String {
			r.found.at(place, key.Name+" must be a list of texts, not of "+kind(item.Type()), "put it in quotes")
			good = false
			continue
		}
		good = r.passes(key.Name, place, item.AsString(), checks) && good
		texts = append(texts, item.AsString())
	}
	if len(texts) == 0 && good {
		r.found.at(key.Expr.Range(), key.Name+" is empty", "name at least one")
		return false
	}
	*into = texts
	return good
}

package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The parser recurses, and a stack that overflows cannot be recovered from. So what
// makes it recurse is counted before: no configuration comes near these.
const (
	maxDepth     = 100  // brackets and templates, one in the other
	maxOperators = 1000 // in a file
)

// tooDeep returns the place in a file that nests deeper than the parser may follow.
func tooDeep(name string, text []byte) (hcl.Range, bool) {
	tokens, _ := hclsyntax.LexConfig(text, name, hcl.InitialPos) // the parser says the same
	depth, operators := 0, 0
	for _, token := range tokens {
		switch {
		case opens(token.Type):
			depth++
		case closes(token.Type):
			depth--
		}
		if operates(token.Type) {
			operators++
		}
		if depth > maxDepth || operators > maxOperators {
			return token.Range, true
		}
	}
	return hcl.Range{}, false
}

func opens(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc,
		hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return true
	default:
		return false
	}
}

func closes(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc,
		hclsyntax.TokenTemplateSeqEnd:
		return true
	default:
		return false
	}
}

// operates says whether a token can put one expression into another without a
// bracket.
func operates(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenMinus, hclsyntax.TokenBang, hclsyntax.TokenQuestion, hclsyntax.TokenPlus, hclsyntax.TokenStar,
		hclsyntax.TokenSlash, hclsyntax.TokenPercent, hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenDot,
		hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq,
		hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq, hclsyntax.TokenTemplateControl:
		return true
	default:
		return false
	}
}

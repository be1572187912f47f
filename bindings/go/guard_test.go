package constellation

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
)

// notHere are functions of the library that Go has in another way.
func notHere() map[string]string {
	return map[string]string{
		"cstn_row_errors_export":             "rows are a Go slice",
		"cstn_arrow_capsule_destroy":         "for Python",
		"cstn_arrow_schema_release_borrowed": "for hosts that cannot write release functions",
		"cstn_arrow_array_release_borrowed":  "for hosts that cannot write release functions",
		"cstn_error_code":                    "the status of the call is the code",
		"cstn_service_policy_digest_text":    "Digest.String",
		"cstn_zone_ref":                      "handles count for themselves",
		"cstn_calendar_ref":                  "handles count for themselves",
		"cstn_schema_ref":                    "handles count for themselves",
		"cstn_perfect_order_result_ref":      "handles count for themselves",
		"cstn_kmeans_ref":                    "handles count for themselves",
		"cstn_prototypes_ref":                "handles count for themselves",
		"cstn_demand_global_ref":             "handles count for themselves",
		"cstn_network_ref":                   "handles count for themselves",
		"cstn_customer_value_ref":            "handles count for themselves",
		"cstn_service_plan_ref":              "handles count for themselves",
		"cstn_rfm_ref":                       "handles count for themselves",
		"cstn_snapshot_ref":                  "handles count for themselves",
		"cstn_record_ref":                    "handles count for themselves",
		"cstn_negotiation_ref":               "handles count for themselves",
		"cstn_stage_policy_ref":              "handles count for themselves",
		"cstn_condition_ref":                 "handles count for themselves",
		"cstn_vocabulary_ref":                "handles count for themselves",
		"cstn_hierarchy_ref":                 "handles count for themselves",
		"cstn_odrl_policy_ref":               "handles count for themselves",
		"cstn_release_stream":                "Release.NextStream and Release.Batches",
		"cstn_vocabulary_operand_count":      "Go made the vocabulary and knows what it gave it",
		"cstn_vocabulary_operand_at":         "Go made the vocabulary and knows what it gave it",
		"cstn_vocabulary_find_operand":       "Go made the vocabulary and knows what it gave it",
		"cstn_vocabulary_has_purpose":        "Go made the vocabulary and knows what it gave it",
		"cstn_vocabulary_has_role":           "Go made the vocabulary and knows what it gave it",
		"cstn_vocabulary_has_path":           "Go made the vocabulary and knows what it gave it",
		"cstn_path_covers":                   "Vocabulary.Classes goes through stars",
		"cstn_log_append":                    "MerkleLog.Append takes any number",
		"cstn_log_open":                      "its storage would be callbacks into Go",
		"cstn_log_range":                     "needed to open a log in storage",
		"cstn_log_sync":                      "a checkpoint syncs; a log in memory has nothing to sync",
		"cstn_noun_field_find":               "fields are a Go slice",

		"cstn_request_digest":                  "in Decision.Record",
		"cstn_request_ref":                     "handles count for themselves",
		"cstn_rules_ref":                       "handles count for themselves",
		"cstn_rules_version":                   "Rules.Version keeps it",
		"cstn_term_builder_add_consideration":  "TermBuilder goes through JSON",
		"cstn_term_builder_add_document":       "TermBuilder goes through JSON",
		"cstn_term_builder_add_duty":           "TermBuilder goes through JSON",
		"cstn_term_builder_add_field":          "TermBuilder goes through JSON",
		"cstn_term_builder_add_recipient_role": "TermBuilder goes through JSON",
		"cstn_term_builder_build":              "TermBuilder goes through JSON",
		"cstn_term_builder_free":               "TermBuilder goes through JSON",
		"cstn_term_builder_new":                "TermBuilder goes through JSON",
		"cstn_term_builder_set_access_window":  "TermBuilder goes through JSON",
		"cstn_term_builder_set_actions":        "TermBuilder goes through JSON",
		"cstn_term_builder_set_constellation":  "TermBuilder goes through JSON",
		"cstn_term_builder_set_constraint":     "TermBuilder goes through JSON",
		"cstn_term_builder_set_data_window":    "TermBuilder goes through JSON",
		"cstn_term_builder_set_effect":         "TermBuilder goes through JSON",
		"cstn_term_builder_set_flags":          "TermBuilder goes through JSON",
		"cstn_term_builder_set_granularity":    "TermBuilder goes through JSON",
		"cstn_term_builder_set_legal_basis":    "TermBuilder goes through JSON",
		"cstn_term_builder_set_limits":         "TermBuilder goes through JSON",
		"cstn_term_builder_set_onward":         "TermBuilder goes through JSON",
		"cstn_term_builder_set_provider":       "TermBuilder goes through JSON",
		"cstn_term_builder_set_purpose":        "TermBuilder goes through JSON",
		"cstn_term_builder_set_recipient":      "TermBuilder goes through JSON",
		"cstn_term_builder_set_retention":      "TermBuilder goes through JSON",
		"cstn_term_builder_set_revocation":     "TermBuilder goes through JSON",
		"cstn_term_components":                 "Term.Components reads the JSON",
		"cstn_term_set_ref":                    "handles count for themselves",
	}
}

func sources(t *testing.T, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	must(t, err)
	if len(names) == 0 {
		t.Fatalf("no file is called %s", pattern)
	}
	var all strings.Builder
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			all.Write(got[[]byte](t)(os.ReadFile(name)))
		}
	}
	return all.String()
}

// expanded is the C of the bridge, and behind it the bodies of the macros of bridge_object.h that name
// functions by a type, for each type they are used with.
func expanded(t *testing.T) string {
	t.Helper()
	text := sources(t, "*.c")
	bodies := regexp.MustCompile(`#define (CSTN_GO_[A-Z_]+)\(type\b[^)]*\)((?:.*\\\n)*.*)`).FindAllStringSubmatch(sources(t, "bridge_object.h"), -1)
	if len(bodies) < 10 {
		t.Fatalf("only %d macros were found in bridge_object.h", len(bodies))
	}
	for _, body := range bodies {
		for used := range words(text, body[1]+`\((\w+)`) {
			text += strings.ReplaceAll(body[2], "##type##", used)
		}
	}
	return text
}

// words are what matches the first group of a pattern, each once.
func words(text, pattern string) map[string]bool {
	seen := map[string]bool{}
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		seen[match[1]] = true
	}
	return seen
}

// headerNames are the names that match in the public headers, comments left out.
func headerNames(t *testing.T, pattern string) []string {
	t.Helper()
	text := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(sources(t, "../../include/constellation/*.h"), "")
	names := []string{}
	for name := range words(text, pattern) {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func TestEveryFunctionOfTheHeadersIsReached(t *testing.T) {
	called := words(sources(t, "*.go")+expanded(t), `\b(cstn_[a-z0-9_]+)\s*\(`)
	names := headerNames(t, `CSTN_API[^;(]*?\b(cstn_[a-z0-9_]+)\s*\(`)
	if len(names) < 100 {
		t.Fatalf("only %d functions were found in the headers", len(names))
	}
	for _, name := range names {
		used := called[name]
		_, left := notHere()[name]
		if !used && !left {
			t.Errorf("%s is in no Go helper", name)
		}
		if used && left {
			t.Errorf("%s is used and need not be left out", name)
		}
	}
}

func TestEveryConstantOfTheHeadersIsReached(t *testing.T) {
	known := words(sources(t, "*.go")+sources(t, "*.c")+sources(t, "*.h"), `\b(CSTN_[A-Z0-9_]+)\b`)
	without := regexp.MustCompile(`_INIT$|^CSTN_API$|^CSTN_MUST_CHECK$|^CSTN_VERSION_(MAJOR|MINOR|PATCH)$|_NULL$|^CSTN_DAY_US$`)
	// Terms are JSON in Go, which has words for these numbers.
	inWords := words(regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(sources(t, "../../include/constellation/term.h"), ""), `#define (CSTN_[A-Z0-9_]+)\b`)
	for _, name := range headerNames(t, `#define (CSTN_[A-Z0-9_]+)\b`) {
		// Reasons of decisions are words in Go, and digests have their type.
		reason := strings.HasPrefix(name, "CSTN_DECISION_") && !strings.HasPrefix(name, "CSTN_DECISION_FIELD_")
		if !without.MatchString(name) && !known[name] && !reason && (!inWords[name] || strings.HasSuffix(name, "_MOST")) {
			t.Errorf("%s is in no Go file", name)
		}
	}
}

func parsed(t *testing.T) []*ast.File {
	t.Helper()
	names := got[[]string](t)(filepath.Glob("*.go"))
	files := []*ast.File{}
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			files = append(files, got[*ast.File](t)(parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)))
		}
	}
	return files
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	checked := 0
	missing := func(name string, docs ...*ast.CommentGroup) {
		checked++
		for _, d := range docs {
			if d != nil && strings.TrimSpace(d.Text()) != "" {
				return
			}
		}
		t.Errorf("%s has no comment", name)
	}
	for _, file := range parsed(t) {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) {
					missing(d.Name.Name, d.Doc)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						if spec.Name.IsExported() {
							missing(spec.Name.Name, d.Doc, spec.Doc)
						}
					case *ast.ValueSpec:
						if spec.Names[0].IsExported() {
							missing(spec.Names[0].Name, d.Doc, spec.Doc, spec.Comment)
						}
					}
				}
			}
		}
	}
	if checked < 200 {
		t.Errorf("only %d names were looked at", checked)
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	base := d.Recv.List[0].Type
	if star, ok := base.(*ast.StarExpr); ok {
		base = star.X
	}
	name, ok := base.(*ast.Ident)
	return ok && name.IsExported()
}

func TestThePackageHasNoMutableGlobals(t *testing.T) {
	for _, file := range parsed(t) {
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				if name := spec.(*ast.ValueSpec).Names[0].Name; name != "ErrClosed" {
					t.Errorf("%s is a global variable", name)
				}
			}
		}
	}
}

package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_privacy
#cgo nocallback cstn_go_privacy
#cgo noescape cstn_go_aggregate
#cgo nocallback cstn_go_aggregate
#cgo noescape cstn_go_shapley
#cgo nocallback cstn_go_shapley
*/
import "C"

import (
	"math/big"
	"unsafe"
)

// What is in C and Python alone so far: hierarchies (CSTN_GENERALISE_HIERARCHY); guards against differences, of at most
// CSTN_DIFFERENCE_CELLS_MOST cells; noise (CSTN_NOISE_COUNT, CSTN_NOISE_SUM, CSTN_NOISE_ROW_IS_SUBJECT) and its budgets; ledgers of
// value (CSTN_VALUE_RELEASE, CSTN_VALUE_RECEIPT) and their balances (CSTN_VALUE_HAS_RECEIPTS).

// GeneraliseKind is how a column becomes coarser.
type GeneraliseKind int32

// Kinds of steps.
const (
	GeneraliseKeep     GeneraliseKind = C.CSTN_GENERALISE_KEEP     // the value as it is
	GeneraliseBucket   GeneraliseKind = C.CSTN_GENERALISE_BUCKET   // numbers, dates, times: the lower end of their bucket
	GeneraliseCalendar GeneraliseKind = C.CSTN_GENERALISE_CALENDAR // the beginning of the week (1), month, quarter or year (4)
	GeneralisePrefix   GeneraliseKind = C.CSTN_GENERALISE_PREFIX   // the first Step characters
	GeneraliseAll      GeneraliseKind = C.CSTN_GENERALISE_ALL      // null
)

// GeneraliseStep makes one column coarser.
type GeneraliseStep struct {
	Column string
	Kind   GeneraliseKind
	// Step of calendars and prefixes.
	Step int32
	// Width of buckets and where one of them begins, with Scale decimals: 5 at scale 1 is 0.5.
	Width, Origin int64
	Scale         int32
}

// laidSteps are steps as C reads them: without columns, whose names are a block.
func laidSteps(steps []GeneraliseStep) ([]C.cstn_generalise_step, []byte, error) {
	laid, names := make([]C.cstn_generalise_step, len(steps)), make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.Column
		laid[i].kind, laid[i].step, laid[i].scale = C.int32_t(s.Kind), C.int32_t(s.Step), C.int32_t(s.Scale)
		laid[i].width, laid[i].origin = C.int64_t(s.Width), C.int64_t(s.Origin)
	}
	block, err := textBlock("a column of a step", names)
	return laid, block, err
}

// textOrNone is a text for C; nil for "".
func textOrNone(what, text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	return cText(what, text)
}

// PrivacyOptions say which columns tell who a row is of, which one nobody shall learn, and what is asked.
type PrivacyOptions struct {
	// Quasi are the columns that tell who a row is of when they are put together.
	Quasi []string
	// Sensitive is the column to be hidden; "" is none, and K alone.
	Sensitive string
	// Steps are done before anything is counted.
	Steps []GeneraliseStep
	// Keep are other columns that Anonymise gives.
	Keep []string
	// K rows and L sensitive values a class has at least; 0 means 5 and 1. TPpm: the most that t may be, in
	// millionths; 0 is no rule.
	K, L int64
	TPpm int32
	// Categorical: the distance of numbers is that of categories.
	Categorical bool
	Binding     *Binding
	Memory      *Memory
}

// PrivacyMeasures say how well a table hides who and what its rows are of. With no rows all is 0; what is of a
// sensitive column is 0 and nil without one.
type PrivacyMeasures struct {
	Rows, Classes, NullRows, SensitiveNulls, SensitiveValues int64
	K, L                                                     int64
	Alpha, Beta, EnhancedBeta, Delta, T                      float64
	// AlphaExact, BetaExact and TExact are fractions; TExact is nil too where it needs more than 64 bits.
	AlphaExact, BetaExact, TExact *big.Rat
}

// PrivacySuppressed is what Anonymise left out, and what is left.
type PrivacySuppressed struct {
	Classes, Rows, RowsLeft int64
}

func (o *PrivacyOptions) run(rows []Column, measures *C.cstn_privacy_measures, left *C.cstn_privacy_suppressed) (*Stream, error) {
	given := &C.cstn_privacy_options{
		struct_size: C.sizeof_cstn_privacy_options, n_quasi: C.size_t(len(o.Quasi)), n_keep: C.size_t(len(o.Keep)),
		k: C.int64_t(o.K), l: C.int64_t(o.L), t_ppm: C.int32_t(o.TPpm),
	}
	if o.Categorical {
		given.flags = C.CSTN_PRIVACY_CATEGORICAL
	}
	quasi, err := textBlock("a quasi-identifier", o.Quasi)
	if err != nil {
		return nil, err
	}
	keep, err := textBlock("a column to keep", o.Keep)
	if err != nil {
		return nil, err
	}
	sensitive, err := textOrNone("sensitive", o.Sensitive)
	if err != nil {
		return nil, err
	}
	steps, names, err := laidSteps(o.Steps)
	if err != nil {
		return nil, err
	}
	in, err := layOutColumns(rows, o.Binding)
	if err != nil {
		return nil, err
	}
	defer in.end()
	return construct(o.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, outcome *C.cstn_go_outcome) {
		C.cstn_go_privacy(in.c, given, charPointer(quasi), charPointer(keep), charPointer(sensitive), unsafe.SliceData(steps),
			charPointer(names), C.size_t(len(steps)), allocator, measures, left, out, outcome)
	})
}

func ratio(numerator, denominator C.int64_t) *big.Rat {
	if denominator == 0 {
		return nil
	}
	return big.NewRat(int64(numerator), int64(denominator))
}

// MeasurePrivacy says how well rows hide who and what they are of: k, l, alpha, beta, delta, t. O(rows log rows).
func MeasurePrivacy(rows []Column, options *PrivacyOptions) (PrivacyMeasures, error) {
	got := &C.cstn_privacy_measures{struct_size: C.sizeof_cstn_privacy_measures}
	if _, err := orDefault(options).run(rows, got, nil); err != nil {
		return PrivacyMeasures{}, err
	}
	if got.valid&C.CSTN_PRIVACY_HAS_T_FRACTION == 0 {
		got.t_denominator = 0
	}
	if got.valid&C.CSTN_PRIVACY_HAS_SENSITIVE == 0 || got.valid&C.CSTN_PRIVACY_HAS_CLASSES == 0 {
		got.alpha_denominator, got.beta_denominator = 0, 0
	}
	return PrivacyMeasures{
		Rows: int64(got.rows), Classes: int64(got.classes), NullRows: int64(got.null_rows),
		SensitiveNulls: int64(got.sensitive_nulls), SensitiveValues: int64(got.sensitive_values), K: int64(got.k), L: int64(got.l),
		Alpha: float64(got.alpha), Beta: float64(got.beta), EnhancedBeta: float64(got.enhanced_beta), Delta: float64(got.delta),
		T: float64(got.t), AlphaExact: ratio(got.alpha_numerator, got.alpha_denominator),
		BetaExact: ratio(got.beta_numerator, got.beta_denominator), TExact: ratio(got.t_numerator, got.t_denominator),
	}, nil
}

// Anonymise gives the rows whose class has K rows, L sensitive values and a distance of at most TPpm, and says what it left
// out. Close the stream. O(rows log rows).
func Anonymise(rows []Column, options *PrivacyOptions) (*Stream, PrivacySuppressed, error) {
	left := &C.cstn_privacy_suppressed{struct_size: C.sizeof_cstn_privacy_suppressed}
	out, err := orDefault(options).run(rows, nil, left)
	return out, PrivacySuppressed{int64(left.classes), int64(left.rows), int64(left.rows_left)}, err
}

// AggregateKind is what is told of a column in each cell.
type AggregateKind int32

// What is told: columns name_sum, name_count and name_mean.
const (
	AggregateSum   AggregateKind = C.CSTN_AGGREGATE_SUM
	AggregateCount AggregateKind = C.CSTN_AGGREGATE_COUNT
	AggregateMean  AggregateKind = C.CSTN_AGGREGATE_MEAN
)

// AggregateMeasure is a column and what is told of it.
type AggregateMeasure struct {
	Column string
	Kind   AggregateKind
}

// AggregateOptions say what makes the cells, what is told of them, and the rules that they pass.
type AggregateOptions struct {
	// By are 1 to 6 columns that make the cells.
	By       []string
	Steps    []GeneraliseStep
	Measures []AggregateMeasure
	// Company is the column of the company that a row is of; "" only with NoCompany, which drops the rules of companies
	// and shares.
	Company   string
	NoCompany bool
	// Sensitive is the column of L and TPpm; "" is none. Recipient is the company that is told, "" none.
	Sensitive, Recipient string
	// K rows, L sensitive values, Companies; 0 means 5, 1 and 3.
	K, L, Companies int64
	// TPpm is the most that t may be, in millionths; SharePermille the largest company's share; 0 means none and 700.
	TPpm, SharePermille int32
	// Margins: sums over each set of columns come out too.
	Margins, Categorical bool
	Binding              *Binding
	Memory               *Memory
}

func (o *AggregateOptions) given() *C.cstn_aggregate_options {
	given := &C.cstn_aggregate_options{
		struct_size: C.sizeof_cstn_aggregate_options, n_by: C.size_t(len(o.By)), n_measures: C.size_t(len(o.Measures)),
		k: C.int64_t(o.K), l: C.int64_t(o.L), companies: C.int64_t(o.Companies), t_ppm: C.int32_t(o.TPpm),
		share_permille: C.int32_t(o.SharePermille),
	}
	for flag, set := range map[C.uint32_t]bool{
		C.CSTN_AGGREGATE_MARGINS: o.Margins, C.CSTN_AGGREGATE_NO_COMPANY: o.NoCompany, C.CSTN_AGGREGATE_CATEGORICAL: o.Categorical,
	} {
		if set {
			given.flags |= flag
		}
	}
	return given
}

func aggregate(rows []Column, o *AggregateOptions, what C.int32_t) (*Stream, error) {
	o = orDefault(o)
	columns, kinds := make([]string, len(o.Measures)), make([]C.int32_t, len(o.Measures))
	for i, m := range o.Measures {
		columns[i], kinds[i] = m.Column, C.int32_t(m.Kind)
	}
	by, err := textBlock("a column of the cells", o.By)
	if err != nil {
		return nil, err
	}
	measures, err := textBlock("a measure", columns)
	if err != nil {
		return nil, err
	}
	var words [3][]byte
	for i, word := range []struct{ what, text string }{{"company", o.Company}, {"sensitive", o.Sensitive}, {"recipient", o.Recipient}} {
		if words[i], err = textOrNone(word.what, word.text); err != nil {
			return nil, err
		}
	}
	steps, names, err := laidSteps(o.Steps)
	if err != nil {
		return nil, err
	}
	in, err := layOutColumns(rows, o.Binding)
	if err != nil {
		return nil, err
	}
	defer in.end()
	given := o.given()
	return construct(o.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, outcome *C.cstn_go_outcome) {
		C.cstn_go_aggregate(in.c, given, charPointer(by), charPointer(measures), unsafe.SliceData(kinds), charPointer(words[0]),
			charPointer(words[1]), charPointer(words[2]), unsafe.SliceData(steps), charPointer(names), C.size_t(len(steps)), what,
			allocator, out, outcome)
	})
}

// Aggregate gives the cells that pass all rules. Close the stream. O(2^len(By) rows log rows).
func Aggregate(rows []Column, options *AggregateOptions) (*Stream, error) {
	return aggregate(rows, options, 0)
}

// AggregateRefused gives the cells that do not go out, for the provider alone: with summed, rule, found and needed.
func AggregateRefused(rows []Column, options *AggregateOptions) (*Stream, error) {
	return aggregate(rows, options, 1)
}

// AggregateSuggest says what would pass: column after column becomes coarser until nothing is refused.
func AggregateSuggest(rows []Column, options *AggregateOptions) (*Stream, error) {
	return aggregate(rows, options, 2)
}

// Rules that a cell can break, in this order.
const (
	RuleRows       int32 = C.CSTN_RULE_ROWS       // fewer than K rows
	RuleDistinct   int32 = C.CSTN_RULE_DISTINCT   // fewer than L sensitive values
	RuleCloseness  int32 = C.CSTN_RULE_CLOSENESS  // t is too great
	RuleCompanies  int32 = C.CSTN_RULE_COMPANIES  // too few companies, the recipient not counted
	RuleShare      int32 = C.CSTN_RULE_SHARE      // one company has too much of it
	RuleMargin     int32 = C.CSTN_RULE_MARGIN     // a sum over it would show another refused cell
	RuleDifference int32 = C.CSTN_RULE_DIFFERENCE // too little between it and what was told before, of guards
)

// RuleName is a rule's name in tables: "rows", "companies".
func RuleName(rule int32) string {
	return C.GoString(C.cstn_rule_name(C.int32_t(rule)))
}

// Limits of shares: exact ones, and those of a table of values. A function of coalitions, of up to
// CSTN_SHAPLEY_PLAYERS_MOST players, would be a callback into Go.
const (
	ShapleyExactMost = C.CSTN_SHAPLEY_EXACT_MOST
	ShapleyTableMost = C.CSTN_SHAPLEY_TABLE_MOST
)

// ShapleyOptions say how shares are found. nil, like the zero value: exactly up to 12 players, else of 10,000 orders.
type ShapleyOptions struct {
	// Sample although the shares could be exact.
	Sample       bool
	Permutations int64
	Seed         uint64
	Threads      int32
	Memory       *Memory
}

// ShapleyShare is what a player adds on average.
type ShapleyShare struct {
	// Exact is a fraction; of a sample, of what was sampled. Shares add up to the value of all.
	Exact *big.Rat
	Value float64
	// Whole units, which add up too.
	Whole int64
	// StandardError is 0 of exact shares.
	StandardError float64
}

// ShapleyShares shares out what all players are worth together (Shapley, 1953). values are what each coalition is worth, by
// the bits of its players: 2^players of them, that of nobody 0, for at most 20 players. O(players 2^players).
func ShapleyShares(players int, values []int64, options *ShapleyOptions) ([]ShapleyShare, error) {
	options = orDefault(options)
	if players < 1 || players > C.CSTN_SHAPLEY_TABLE_MOST || len(values) != 1<<players {
		return nil, &Error{Code: ErrInvalidArgument, Message: "values are 2^players numbers, of 1 to 20 players"}
	}
	given := &C.cstn_shapley_options{
		struct_size: C.sizeof_cstn_shapley_options, players: C.int32_t(players), threads: C.int32_t(options.Threads),
		permutations: C.int64_t(options.Permutations), seed: C.uint64_t(options.Seed),
	}
	if options.Sample {
		given.flags = C.CSTN_SHAPLEY_SAMPLE
	}
	allocator, done, err := options.Memory.allocator()
	if err != nil {
		return nil, err
	}
	defer done()
	made, o := make([]C.cstn_shapley_share, players), new(C.cstn_go_outcome)
	C.cstn_go_shapley(given, (*C.int64_t)(unsafe.SliceData(values)), allocator, unsafe.SliceData(made), o)
	if err := outcomeError(o); err != nil {
		return nil, err
	}
	shares := make([]ShapleyShare, players)
	for i, s := range made {
		numerator := new(big.Int).Lsh(big.NewInt(int64(s.numerator_high)), 64)
		numerator.Add(numerator, new(big.Int).SetUint64(uint64(s.numerator_low)))
		shares[i] = ShapleyShare{new(big.Rat).SetFrac(numerator, big.NewInt(int64(s.denominator))), float64(s.value), int64(s.whole),
			float64(s.standard_error)}
	}
	return shares, nil
}

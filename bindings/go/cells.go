package constellation

/*
#include "bridge.h"
#cgo nocallback cstn_go_difference_guard_new
#cgo noescape cstn_go_difference_guard_new
#cgo nocallback cstn_difference_guard_count
*/
import "C"

import "context"

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
	// Guard is what the recipient has been told of the data set, or nil; its recipient is Recipient, if that is set. It
	// learns what goes out, and nothing on failure. Row is the column of the row's number in its data set, 0 to 2^32 - 2;
	// "": rows are numbered as they come.
	Guard *DifferenceGuard
	Row   string
	// K rows, L sensitive values, Companies; 0 means 5, 1 and 3.
	K, L, Companies int64
	// TPpm is the most that t may be, in millionths; SharePermille the largest company's share; 0 means none and 700.
	TPpm, SharePermille int32
	// Margins: sums over each set of columns come out too.
	Margins, Categorical bool
	// Stream gives the rows in place of columns, which are then nil; it is taken, also on failure.
	Stream  *Stream
	Binding *Binding
	Memory  *Memory
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

// asked are the texts of an aggregation; they stay where they are until the call ends.
func (o *AggregateOptions) asked(texts *pinnedTexts) *C.cstn_go_cells_asked {
	columns, kinds := make([]string, len(o.Measures)), make([]C.int32_t, len(o.Measures)+1)
	for i, m := range o.Measures {
		columns[i], kinds[i] = m.Column, C.int32_t(m.Kind)
	}
	texts.pin.Pin(&kinds[0])
	return &C.cstn_go_cells_asked{
		by: texts.block("a column of the cells", o.By), measures: texts.block("a measure", columns), kinds: &kinds[0],
		company: texts.text("company", o.Company), sensitive: texts.text("sensitive", o.Sensitive), row: texts.text("row", o.Row),
		recipient: texts.text("recipient", o.Recipient),
	}
}

// aggregate gives cells; those that were refused go to refused, nil suggests what would pass.
func aggregate(ctx context.Context, rows []Column, o *AggregateOptions, refused **C.struct_ArrowArrayStream) (*Stream, error) {
	in, err := layPrivate(ctx, rows, o.Stream, o.Binding, o.Steps)
	if err != nil {
		return nil, err
	}
	defer in.end()
	asked := o.asked(&in.texts)
	if in.texts.err != nil {
		return nil, in.texts.err
	}
	var guard *C.cstn_difference_guard
	if o.Guard != nil && refused != nil {
		if guard, err = o.Guard.begin(ctx); err != nil {
			return nil, err
		}
		defer o.Guard.end()
	}
	given := o.given()
	made, err := construct(o.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, outcome *C.cstn_go_outcome) {
		C.cstn_go_aggregate(in.c, given, asked, in.steps.c, in.steps.names, in.steps.n, guard, allocator, out, refused, outcome)
	})
	return made, in.failure(err)
}

// Aggregated are the cells that may be told, and those that may not.
type Aggregated struct {
	// Cells: the columns of By; with Margins summed (bit i: column i is summed over, and null); rows; the measures.
	Cells *Stream
	// Refused is for the provider alone: the columns of By, summed, rule ([RuleName]), found and needed.
	Refused *Stream
}

// Close gives both tables back. Idempotent; the error is always nil.
func (a *Aggregated) Close() error {
	a.Cells.Close()
	return a.Refused.Close()
}

// Aggregate gives the cells that pass all rules, and those that do not with the rule that each breaks. Close both. With a
// guard it waits for its turn no longer than ctx lets it; ctx also stops what produces a stream. It returns
// [ErrInvalidArgument], [ErrSchema], [ErrRows] for rows that cannot be read, none of which may be left out, [ErrOverflow]
// for a sum that does not fit, [ErrLimit] for more cells than a guard keeps, [ErrDuplicate] for a row's number twice,
// [ErrConflict] for a row that was another company's. Any goroutine. O(2^len(By) rows log rows).
func Aggregate(ctx context.Context, rows []Column, options *AggregateOptions) (*Aggregated, error) {
	refused := new(*C.struct_ArrowArrayStream)
	cells, err := aggregate(ctx, rows, orDefault(options), refused)
	if err != nil {
		return nil, err
	}
	return &Aggregated{cells, openStream(*refused)}, nil
}

// AggregateSuggest says what would pass: column after column becomes coarser until nothing is refused. A row a round:
// round (0 is as asked), column (null in round 0), kind, step, width, origin and scale of the step that it then has,
// cells, refused, refused_rows. Guards and margins are not looked at. Errors as of [Aggregate]. Close the stream. It costs
// [Aggregate] for each round and column.
func AggregateSuggest(ctx context.Context, rows []Column, options *AggregateOptions) (*Stream, error) {
	return aggregate(ctx, rows, orDefault(options), nil)
}

// DifferenceCellsMost is how many cells a guard keeps.
const DifferenceCellsMost = C.CSTN_DIFFERENCE_CELLS_MOST

// DifferenceGuard is the cells that one recipient was given of one data set. Calls take turns; any goroutine. Close it
// when done, and keep its bytes beside the data: who loses it forgets what was told.
type DifferenceGuard struct {
	object[*C.cstn_difference_guard]
}

func openDifferenceGuard(ptr *C.cstn_difference_guard) *DifferenceGuard {
	return owned[DifferenceGuard](&C.cstn_go_difference_guard, ptr)
}

// NewDifferenceGuard makes a guard that nothing was told through. Names have 1 to 255 bytes of UTF-8. It returns
// [ErrInvalidArgument].
func NewDifferenceGuard(recipient, dataSet string, opts ...Option) (*DifferenceGuard, error) {
	who, what := []byte(recipient), []byte(dataSet)
	return construct(memoryOf(opts), openDifferenceGuard, func(allocator *C.cstn_allocator, out **C.cstn_difference_guard, o *C.cstn_go_outcome) {
		C.cstn_go_difference_guard_new(charPointer(who), C.size_t(len(who)), charPointer(what), C.size_t(len(what)), allocator, out, o)
	})
}

// DeserializeDifferenceGuard reads bytes of [DifferenceGuard.Serialize]. It returns [ErrCorrupt], [ErrNewerFormat]. O(size).
func DeserializeDifferenceGuard(bytes []byte, opts ...Option) (*DifferenceGuard, error) {
	return deserialize(&C.cstn_go_difference_guard, bytes, opts, openDifferenceGuard)
}

// Serialize gives the guard's bytes, when it is this call's turn. O(size).
func (g *DifferenceGuard) Serialize(ctx context.Context) ([]byte, error) { return g.serialize(ctx) }

// Count is how many cells it keeps; 0 after Close.
func (g *DifferenceGuard) Count() int {
	ptr, err := g.use()
	if err != nil {
		return 0
	}
	defer g.end()
	return int(C.cstn_difference_guard_count(ptr))
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

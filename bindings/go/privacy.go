package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_shapley
#cgo nocallback cstn_go_shapley
*/
import "C"

import (
	"context"
	"math/big"
	"unsafe"
)

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
	// Stream gives the rows in place of columns, which are then nil; it is taken, also on failure.
	Stream  *Stream
	Binding *Binding
	Memory  *Memory
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

func (o *PrivacyOptions) run(ctx context.Context, rows []Column, measures *C.cstn_privacy_measures, left *C.cstn_privacy_suppressed) (*Stream, error) {
	in, err := layPrivate(ctx, rows, o.Stream, o.Binding, o.Steps)
	if err != nil {
		return nil, err
	}
	defer in.end()
	given := &C.cstn_privacy_options{
		struct_size: C.sizeof_cstn_privacy_options, n_quasi: C.size_t(len(o.Quasi)), n_keep: C.size_t(len(o.Keep)),
		k: C.int64_t(o.K), l: C.int64_t(o.L), t_ppm: C.int32_t(o.TPpm),
	}
	if o.Categorical {
		given.flags = C.CSTN_PRIVACY_CATEGORICAL
	}
	quasi, keep := in.texts.block("a quasi-identifier", o.Quasi), in.texts.block("a column to keep", o.Keep)
	sensitive := in.texts.text("sensitive", o.Sensitive)
	if in.texts.err != nil {
		return nil, in.texts.err
	}
	made, err := construct(o.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, outcome *C.cstn_go_outcome) {
		C.cstn_go_privacy(in.c, given, quasi, keep, sensitive, in.steps.c, in.steps.names, in.steps.n, allocator, measures, left, out, outcome)
	})
	return made, in.failure(err)
}

func ratio(numerator, denominator C.int64_t) *big.Rat {
	if denominator == 0 {
		return nil
	}
	return big.NewRat(int64(numerator), int64(denominator))
}

// MeasurePrivacy says how well rows hide who and what they are of: k, l, alpha, beta, delta, t. ctx stops what produces a
// stream. It returns [ErrInvalidArgument], [ErrSchema], [ErrRows] for rows that cannot be read, none of which may be left
// out, [ErrLimit], [ErrStream]. Any goroutine. O(rows log rows).
func MeasurePrivacy(ctx context.Context, rows []Column, options *PrivacyOptions) (PrivacyMeasures, error) {
	got := &C.cstn_privacy_measures{struct_size: C.sizeof_cstn_privacy_measures}
	if _, err := orDefault(options).run(ctx, rows, got, nil); err != nil {
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

// Anonymise gives the rows whose class has K rows, L sensitive values and a distance of at most TPpm, and says what it
// left out; a K of 1 leaves out none, so that the steps alone are done. Close the stream. Errors as of [MeasurePrivacy].
// Any goroutine. O(rows log rows).
func Anonymise(ctx context.Context, rows []Column, options *PrivacyOptions) (*Stream, PrivacySuppressed, error) {
	left := &C.cstn_privacy_suppressed{struct_size: C.sizeof_cstn_privacy_suppressed}
	out, err := orDefault(options).run(ctx, rows, nil, left)
	return out, PrivacySuppressed{int64(left.classes), int64(left.rows), int64(left.rows_left)}, err
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

package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_privacy_budget_new
#cgo nocallback cstn_go_privacy_budget_new
#cgo noescape cstn_go_privacy_budget_spent
#cgo nocallback cstn_go_privacy_budget_spent
*/
import "C"

import "context"

// PrivacyBudget is what recipients may learn, and have learned, in epsilon, and what they were told. Epsilon is counted
// in billionths: 1,000,000,000 is an epsilon of 1. Calls take turns; any goroutine. Close it when done, and keep its
// bytes beside the data: who loses it forgets what was spent.
type PrivacyBudget struct {
	object[*C.cstn_privacy_budget]
}

func openPrivacyBudget(ptr *C.cstn_privacy_budget) *PrivacyBudget {
	return owned[PrivacyBudget](&C.cstn_go_privacy_budget, ptr)
}

// NewPrivacyBudget makes a budget of which nothing is spent: limitNano for each recipient, data set and period of
// periodMicros microseconds, 0: one period for ever. It returns [ErrInvalidArgument].
func NewPrivacyBudget(limitNano, periodMicros int64, opts ...Option) (*PrivacyBudget, error) {
	return construct(memoryOf(opts), openPrivacyBudget, func(allocator *C.cstn_allocator, out **C.cstn_privacy_budget, o *C.cstn_go_outcome) {
		C.cstn_go_privacy_budget_new(C.int64_t(limitNano), C.int64_t(periodMicros), allocator, out, o)
	})
}

// DeserializePrivacyBudget reads bytes of [PrivacyBudget.Serialize]. It returns [ErrCorrupt], [ErrNewerFormat]. O(size).
func DeserializePrivacyBudget(bytes []byte, opts ...Option) (*PrivacyBudget, error) {
	return deserialize(&C.cstn_go_privacy_budget, bytes, opts, openPrivacyBudget)
}

// Serialize gives the budget's bytes with the answers that were given, when it is this call's turn. O(size).
func (b *PrivacyBudget) Serialize(ctx context.Context) ([]byte, error) { return b.serialize(ctx) }

// Spent is what a recipient has spent of a data set in the period of nowUS, microseconds UTC, and what it may spend, both
// in billionths of epsilon. It returns [ErrInvalidArgument] for names that are not of 1 to 255 bytes. O(accounts).
func (b *PrivacyBudget) Spent(recipient, dataSet string, nowUS int64) (spentNano, limitNano int64, err error) {
	ptr, err := b.use()
	if err != nil {
		return 0, 0, err
	}
	defer b.end()
	who, what := []byte(recipient), []byte(dataSet)
	numbers, o := new([2]C.int64_t), new(C.cstn_go_outcome)
	C.cstn_go_privacy_budget_spent(ptr, charPointer(who), C.size_t(len(who)), charPointer(what), C.size_t(len(what)), C.int64_t(nowUS), &numbers[0], o)
	return int64(numbers[0]), int64(numbers[1]), outcomeError(o)
}

// Export gives what was spent: recipient, data_set, period_from (null where one period is for ever), spent_nano,
// limit_nano, answers (kept), by recipient, data set and period. Close the stream. O(accounts log accounts).
func (b *PrivacyBudget) Export() (*Stream, error) { return b.export(0) }

// NoiseKind is what a question asks for.
type NoiseKind int32

// Kinds of questions.
const (
	NoiseCount NoiseKind = C.CSTN_NOISE_COUNT // how many subjects there are
	NoiseSum   NoiseKind = C.CSTN_NOISE_SUM   // the sum of a column
)

// NoiseOptions are a question that is answered with noise. The same question in the same period gets the same answer
// again, free.
type NoiseOptions struct {
	Kind NoiseKind
	// Recipient is who is told, DataSet what is spoken of: a name for the rows as they are now; when they change, give it
	// another. 1 to 255 bytes.
	Recipient, DataSet string
	// NowUS is the time, microseconds UTC, which picks the period.
	NowUS int64
	// EpsilonNano is the epsilon of this question in billionths, above 0.
	EpsilonNano int64
	// Subject is the column of whom a row is of, whom the answer hides; "" only with RowIsSubject: each row is of a subject
	// of its own.
	Subject      string
	RowIsSubject bool
	// Measure of a sum: a column of whole numbers or decimals.
	Measure string
	// Partition is the column of cells; "": one cell of all rows. Partitions are the cells there are, as text: what is not
	// listed is left out, and what is not there gets noise too.
	Partition  string
	Partitions []string
	// Steps of the columns above, done first.
	Steps []GeneraliseStep
	// What a subject adds to a cell is moved into [Low, High], with Scale decimals of a decimal. Of a count Low is 0 and High
	// the most rows of a subject that are counted; 0 means 1.
	Low, High int64
	Scale     int32
	// MaxPartitions is how many cells a subject adds to, its first ones; 0 means 1.
	MaxPartitions int32
	// Answers are multiples of 2^-Grid; -30 to 40. 0 for counts of things.
	Grid int32
	// Stream gives the rows in place of columns, which are then nil; it is taken, also on failure.
	Stream  *Stream
	Binding *Binding
	Memory  *Memory
}

func (o *NoiseOptions) given() *C.cstn_noise_options {
	given := &C.cstn_noise_options{
		struct_size: C.sizeof_cstn_noise_options, kind: C.int32_t(o.Kind), grid: C.int32_t(o.Grid), now_us: C.int64_t(o.NowUS),
		epsilon_nano: C.int64_t(o.EpsilonNano), n_partitions: C.size_t(len(o.Partitions)), low: C.int64_t(o.Low),
		high: C.int64_t(o.High), scale: C.int32_t(o.Scale), max_partitions: C.int32_t(o.MaxPartitions),
	}
	if o.RowIsSubject {
		given.flags = C.CSTN_NOISE_ROW_IS_SUBJECT
	}
	return given
}

func (o *NoiseOptions) asked(texts *pinnedTexts) *C.cstn_go_noise_asked {
	return &C.cstn_go_noise_asked{
		recipient: texts.text("recipient", o.Recipient), data_set: texts.text("data set", o.DataSet),
		subject: texts.text("subject", o.Subject), measure: texts.text("measure", o.Measure),
		partition: texts.text("partition", o.Partition), partitions: texts.block("a partition", o.Partitions),
	}
}

// Answer answers a question with noise, so that for whole subjects it is differentially private (Dwork, McSherry, Nissim
// and Smith, 2006): discrete Laplace noise, drawn in integers from libsodium's random bytes (Canonne, Kamath and Steinke,
// 2020), of scale max(|Low|, |High|) x MaxPartitions over epsilon. The charge is made before anything is drawn and is
// never given back; answers may be negative.
//
// The table has the partition (all of Partitions, in their order), value (double), units (value as a multiple of 2^-Grid)
// and error_95 (half the width of the interval in which the noise is 95 of 100 times). Close it. chargedNano is what this
// call has cost in billionths of epsilon, 0 for an answer that was known, and is told beside an error if the charge was
// made. The call waits for its turn no longer than ctx lets it; ctx also stops what produces a stream. It returns
// [ErrBudget] where too little is left, with nothing charged, [ErrRows] for rows that cannot be read,
// [ErrInvalidArgument], [ErrSchema], [ErrOverflow] for bounds and grids beyond 64 bits, [ErrIO] without random bytes.
// O(rows).
func (b *PrivacyBudget) Answer(ctx context.Context, rows []Column, options *NoiseOptions) (answer *Stream, chargedNano int64, err error) {
	options = orDefault(options)
	in, err := layPrivate(ctx, rows, options.Stream, options.Binding, options.Steps)
	if err != nil {
		return nil, 0, err
	}
	defer in.end()
	asked := options.asked(&in.texts)
	if in.texts.err != nil {
		return nil, 0, in.texts.err
	}
	budget, err := b.begin(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer b.end()
	given, charged := options.given(), new(C.int64_t)
	answer, err = construct(options.Memory, openStream, func(allocator *C.cstn_allocator, out **C.struct_ArrowArrayStream, o *C.cstn_go_outcome) {
		C.cstn_go_noise(budget, in.c, given, asked, in.steps.c, in.steps.names, in.steps.n, allocator, charged, out, o)
	})
	return answer, int64(*charged), in.failure(err)
}

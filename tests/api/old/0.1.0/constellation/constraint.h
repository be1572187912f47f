#ifndef CONSTELLATION_CONSTRAINT_H
#define CONSTELLATION_CONSTRAINT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/status.h>

/** @file constraint.h
 *  Conditions of a data-sharing term: what they may speak of, how they are put together, and what
 *  they say of the facts of a request.
 *
 *  A *vocabulary* is what a constellation speaks: operands with a type and a domain, the graph of
 *  purposes, roles, and classes of fields. A *constraint* is a tree of AND, OR, XONE and NOT over
 *  leaves "operand, operator, values". It is data only: it can be read, written and digested
 *  without a vocabulary. A *condition* is a constraint compiled for one vocabulary.
 *
 *  There are three truths. A leaf is UNKNOWN if its operand has no fact, or one that is ill-typed:
 *  of another type, outside the operand's domain, given twice. Nothing else is UNKNOWN in a
 *  condition. AND is the least of its children and OR the greatest (FALSE < UNKNOWN < TRUE), NOT of
 *  UNKNOWN is UNKNOWN, XONE is TRUE if one child is TRUE and none UNKNOWN, FALSE if two are TRUE or
 *  all are FALSE, else UNKNOWN (Kleene, 1938). So what is not known never grants anything.
 *
 *  Ids are bytes of UTF-8 without control characters, 1..255 of them, compared with memcmp(). Times
 *  are microseconds. Objects are immutable and may be used by any number of threads; builders
 * belong to one. */

#ifdef __cplusplus
extern "C" {
#endif

/** The most bytes of an operand's name, a purpose, a role or an id. */
#define CSTN_CONSTRAINT_ID_MOST 255
/** The most bytes of a path. */
#define CSTN_PATH_MOST 255
/** The deepest constraint, a leaf being 1 deep. */
#define CSTN_CONSTRAINT_DEPTH_MOST 64
/** The most nodes of a constraint. */
#define CSTN_CONSTRAINT_NODES_MOST 65536
/** The most values of all leaves of a constraint together. */
#define CSTN_CONSTRAINT_VALUES_MOST 65536
/** The most conjuncts that a static check looks at before it answers UNKNOWN. */
#define CSTN_CONSTRAINT_CONJUNCTS_MOST 4096
/** The most purposes of a vocabulary, and the most operands. */
#define CSTN_VOCABULARY_MOST 4096

/** Text that is borrowed: an id. This struct never grows. */
typedef struct cstn_id {
	const char *text; /**< `len` bytes; a NUL is not needed */
	size_t len;
} cstn_id;

/* --- vocabulary ------------------------------------------------------------------------------- */

#define CSTN_OPERAND_INT64 1    /**< a whole number */
#define CSTN_OPERAND_DECIMAL 2  /**< an int64 at a scale of 0..18 decimals */
#define CSTN_OPERAND_INSTANT 3  /**< microseconds since 1970-01-01 UTC */
#define CSTN_OPERAND_DURATION 4 /**< microseconds; a day is 86,400 s */
#define CSTN_OPERAND_ID 5       /**< one id */
#define CSTN_OPERAND_ID_SET 6   /**< a set of ids, which may be empty */

/** `least` bounds the operand from below: its values are not smaller. */
#define CSTN_OPERAND_HAS_LEAST UINT32_C(1)
/** `most` bounds it from above. */
#define CSTN_OPERAND_HAS_MOST UINT32_C(2)

/** An operand: what a fact may be of. */
typedef struct cstn_operand {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_OPERAND_HAS_... */
	const char *name;
	size_t name_len;     /**< 1..255 bytes of name */
	int32_t type;        /**< CSTN_OPERAND_INT64 ... ID_SET */
	int32_t scale;       /**< DECIMAL: decimals its values may have, 0..18; else 0 */
	int64_t least;       /**< with HAS_LEAST: the smallest value, at the scale */
	int64_t most;        /**< with HAS_MOST: the greatest value, at the scale */
	const cstn_id *ids;  /**< ID and ID_SET: the ids there are; NULL: any */
	size_t n_ids;        /**< number of ids; 0: any */
	const char *at_most; /**< NULL, or another operand of that type that it never exceeds */
	size_t at_most_len;  /**< its bytes */
} cstn_operand;
/* clang-format off */
#define CSTN_OPERAND_INIT { sizeof(cstn_operand), 0, NULL, 0, 0, 0, 0, 0, NULL, 0, NULL, 0 }
/* clang-format on */

#define CSTN_ACTION_READ UINT32_C(1)
#define CSTN_ACTION_WRITE UINT32_C(2)
#define CSTN_ACTION_DERIVE UINT32_C(4)
#define CSTN_ACTION_AGGREGATE UINT32_C(8)
#define CSTN_ACTION_DISTRIBUTE UINT32_C(16)
#define CSTN_ACTION_SELL UINT32_C(32)
#define CSTN_ACTION_GIVE UINT32_C(64)
/** READ WRITE DERIVE AGGREGATE DISTRIBUTE */
#define CSTN_ACTION_USE UINT32_C(31)
/** SELL GIVE */
#define CSTN_ACTION_TRANSFER UINT32_C(96)

#define CSTN_CLASS_PUBLIC UINT32_C(1)      /**< GTIN, GLN, published service level */
#define CSTN_CLASS_OPERATIONAL UINT32_C(2) /**< ETA, shipped quantity, event time */
#define CSTN_CLASS_COMPETITIVE UINT32_C(4) /**< price, cost, capacity, forecast */
#define CSTN_CLASS_PII_DIRECT UINT32_C(8)  /**< name, address, e-mail, phone */
#define CSTN_CLASS_PII_QUASI UINT32_C(16)  /**< postcode, birth year */
#define CSTN_CLASS_SPECIAL UINT32_C(32)    /**< health, union, religion */
/** What a path without a class is. */
#define CSTN_CLASS_DEFAULT UINT32_C(12)

/** What a constellation speaks. Immutable, refcounted, any thread. */
typedef struct cstn_vocabulary cstn_vocabulary;
/** Makes one. One thread. */
typedef struct cstn_vocabulary_builder cstn_vocabulary_builder;

/** A builder that knows the built-in operands: `now` (instant), `purpose`, `role`, `party` (ids),
 *  `group` (id set: those the recipient is in), `framework` (id), `hops`, `rows` (int64 >= 0),
 *  `data_age`, `agreement_age` (durations >= 0). Values of `purpose` and `role` are those that are
 *  added.
 *  @param allocator NULL: libc @param out free with cstn_vocabulary_builder_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_vocabulary_builder_new(const cstn_allocator *allocator,
		cstn_vocabulary_builder **out, cstn_error **error) CSTN_MUST_CHECK;

/** Register an operand, which requests then bring a fact of.
 *  @param operand start from CSTN_OPERAND_INIT; copied. `at_most` names an operand that was added
 *  before, of the same type and scale and without a bound of its own; each operand is in at most
 *  one such pair.
 *  @return CSTN_OK; CSTN_E_DUPLICATE for a name that is there; CSTN_E_INVALID_ARGUMENT with value
 *  and rule; CSTN_E_LIMIT; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM. After
 *  CSTN_E_NOMEM only free the builder. One thread, O(ids log ids). @since 0.1 */
CSTN_API cstn_status cstn_vocabulary_builder_add_operand(cstn_vocabulary_builder *builder,
		const cstn_operand *operand, cstn_error **error) CSTN_MUST_CHECK;

/** Add a purpose, or one more parent of it. A purpose covers its descendants.
 *  @param purpose,len 1..255 bytes @param parent,parent_len the purpose above it, which becomes one
 *  by that; NULL and 0: none
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT; CSTN_E_NOMEM: only free the builder. One
 *  thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_vocabulary_builder_add_purpose(cstn_vocabulary_builder *builder,
		const char *purpose, size_t len, const char *parent, size_t parent_len,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add a role; one that is there stays. @return as cstn_vocabulary_builder_add_purpose(). One
 *  thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_vocabulary_builder_add_role(cstn_vocabulary_builder *builder,
		const char *role, size_t len, cstn_error **error) CSTN_MUST_CHECK;

/** Say that a path is there, and of which classes; given again, classes combine.
 *  @param path    `noun.field`, `noun[].field` or `noun.*`, at most 255 bytes of UTF-8
 *  @param classes CSTN_CLASS_...; 0: it has none, which is CSTN_CLASS_DEFAULT
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM: only free the builder. One thread, O(1).
 *  @since 0.1 */
CSTN_API cstn_status cstn_vocabulary_builder_add_path(cstn_vocabulary_builder *builder,
		const char *path, size_t len, uint32_t classes, cstn_error **error) CSTN_MUST_CHECK;

/** Make a vocabulary; the builder may go on. @param out cstn_vocabulary_unref() it
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT naming a purpose that covers itself; CSTN_E_NOMEM. One
 *  thread, O(all + purposes x parents). @since 0.1 */
CSTN_API cstn_status cstn_vocabulary_builder_build(const cstn_vocabulary_builder *builder,
		cstn_vocabulary **out, cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. One thread, once. @since 0.1 */
CSTN_API void cstn_vocabulary_builder_free(cstn_vocabulary_builder *builder);

/** One more reference, given back with its `_unref`. Any thread. @since 0.1 */
CSTN_API cstn_vocabulary *cstn_vocabulary_ref(cstn_vocabulary *vocabulary);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_vocabulary_unref(cstn_vocabulary *vocabulary);

/** How many operands there are, the built-in ones first; 0 for NULL. Any thread. @since 0.1 */
CSTN_API size_t cstn_vocabulary_operand_count(const cstn_vocabulary *vocabulary);

/** Describe an operand. @param index below cstn_vocabulary_operand_count() @param out struct_size
 *  set; pointers are borrowed from the vocabulary
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_vocabulary_operand_at(const cstn_vocabulary *vocabulary, size_t index,
		cstn_operand *out, cstn_error **error) CSTN_MUST_CHECK;

/** Index of an operand; -1 if there is none. Any thread, O(len). @since 0.1 */
CSTN_API int64_t cstn_vocabulary_find_operand(
		const cstn_vocabulary *vocabulary, const char *name, size_t len);

/** 1 if it is a purpose. Any thread, O(len). @since 0.1 */
CSTN_API int32_t cstn_vocabulary_has_purpose(
		const cstn_vocabulary *vocabulary, const char *purpose, size_t len);

/** 1 if `purpose` is `above` or a descendant of it, both being purposes. Any thread, O(len).
 *  @since 0.1 */
CSTN_API int32_t cstn_vocabulary_covers(const cstn_vocabulary *vocabulary, const char *above,
		size_t above_len, const char *purpose, size_t len);

/** 1 if it is a role. Any thread, O(len). @since 0.1 */
CSTN_API int32_t cstn_vocabulary_has_role(
		const cstn_vocabulary *vocabulary, const char *role, size_t len);

/** 1 if the path, or the star above it, was added; of a star also if a path below it was. Any
 *  thread, O(len), of a star O(paths). @since 0.1 */
CSTN_API int32_t cstn_vocabulary_has_path(
		const cstn_vocabulary *vocabulary, const char *path, size_t len);

/** Classes of a path: its own and those of the star above it together; of a star those of all
 *  fields of the noun. CSTN_CLASS_DEFAULT where there are none, also for what is no path and for
 *  NULL. Any thread, O(len), of a star O(paths). @since 0.1 */
CSTN_API uint32_t cstn_vocabulary_classes(
		const cstn_vocabulary *vocabulary, const char *path, size_t len);

/** Check a path. @return CSTN_OK; CSTN_E_INVALID_ARGUMENT with the path and the rule. Any thread,
 *  O(len). @since 0.1 */
CSTN_API cstn_status cstn_path_check(
		const char *path, size_t len, cstn_error **error) CSTN_MUST_CHECK;

/** 1 if they are the same path, or `above` is the star of the noun of `path`. Any thread, O(len).
 *  @since 0.1 */
CSTN_API int32_t cstn_path_covers(
		const char *above, size_t above_len, const char *path, size_t len);

/* --- constraints ------------------------------------------------------------------------------ */

#define CSTN_CONSTRAINT_LEAF 1
#define CSTN_CONSTRAINT_AND 2
#define CSTN_CONSTRAINT_OR 3
#define CSTN_CONSTRAINT_XONE 4 /**< exactly one */
#define CSTN_CONSTRAINT_NOT 5  /**< one child */

#define CSTN_OPERATOR_EQ 1
#define CSTN_OPERATOR_NEQ 2
#define CSTN_OPERATOR_LT 3 /**< LT to GTEQ: numbers and times */
#define CSTN_OPERATOR_LTEQ 4
#define CSTN_OPERATOR_GT 5
#define CSTN_OPERATOR_GTEQ 6
#define CSTN_OPERATOR_IS_ANY_OF 7  /**< one of the values; a set: it holds one of them */
#define CSTN_OPERATOR_IS_ALL_OF 8  /**< sets only: it holds all of them */
#define CSTN_OPERATOR_IS_NONE_OF 9 /**< none of the values; a set: it holds none of them */
/** `purpose`: one of the values or a descendant; sets: it holds nothing else */
#define CSTN_OPERATOR_IS_PART_OF 10

#define CSTN_TRUTH_FALSE 0
#define CSTN_TRUTH_UNKNOWN 1
#define CSTN_TRUTH_TRUE 2

/** A tree of conditions. Immutable, refcounted, any thread. */
typedef struct cstn_constraint cstn_constraint;

/** A leaf: operand, operator, values. */
typedef struct cstn_constraint_leaf {
	uint32_t struct_size;
	uint32_t flags;      /**< 0 */
	const char *operand; /**< 1..255 bytes */
	size_t operand_len;
	int32_t operation;      /**< CSTN_OPERATOR_... */
	int32_t type;           /**< of the values: CSTN_OPERAND_INT64 ... ID_SET */
	int32_t scale;          /**< DECIMAL: of all values, 0..18; else 0 */
	int32_t reserved0;      /**< 0 */
	const int64_t *numbers; /**< the values of numbers and times; else NULL */
	const cstn_id *ids;     /**< the values of ids and sets of ids; else NULL */
	size_t n_values;        /**< at least 1 */
} cstn_constraint_leaf;
/* clang-format off */
#define CSTN_CONSTRAINT_LEAF_INIT { sizeof(cstn_constraint_leaf), 0, NULL, 0, 0, 0, 0, 0, NULL, NULL, 0 }
/* clang-format on */

/** A leaf. Values are copied, sorted, and kept once; decimals lose trailing zeros. Whether operand,
 *  operator, type and values fit is a question to a vocabulary: cstn_constraint_check().
 *  @param leaf start from CSTN_CONSTRAINT_LEAF_INIT @param allocator NULL: libc
 *  @param out cstn_constraint_unref() it
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT with value and rule; CSTN_E_LIMIT above 65,536 values;
 *  CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM. Any thread, O(values log values).
 *  @since 0.1 */
CSTN_API cstn_status cstn_constraint_new(const cstn_constraint_leaf *leaf,
		const cstn_allocator *allocator, cstn_constraint **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** AND, OR, XONE or NOT of children, which it references and which may be shared.
 *  @param kind CSTN_CONSTRAINT_AND ... NOT @param children n >= 1 of them, exactly 1 for NOT
 *  @param allocator NULL: libc @param out cstn_constraint_unref() it
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT above 64 deep, 65,536 nodes or 65,536
 *  values, a shared child counting each time; CSTN_E_NOMEM. Any thread, O(n). @since 0.1 */
CSTN_API cstn_status cstn_constraint_combine(int32_t kind, cstn_constraint *const *children,
		size_t n, const cstn_allocator *allocator, cstn_constraint **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** One more reference, given back with its `_unref`. Any thread. @since 0.1 */
CSTN_API cstn_constraint *cstn_constraint_ref(cstn_constraint *constraint);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_constraint_unref(cstn_constraint *constraint);

/** CSTN_CONSTRAINT_LEAF ... NOT; 0 for NULL. Any thread. @since 0.1 */
CSTN_API int32_t cstn_constraint_kind(const cstn_constraint *constraint);
/** Nodes of the tree; 0 for NULL. Any thread. @since 0.1 */
CSTN_API size_t cstn_constraint_node_count(const cstn_constraint *constraint);
/** Children; 0 for a leaf and NULL. Any thread. @since 0.1 */
CSTN_API size_t cstn_constraint_child_count(const cstn_constraint *constraint);
/** A child, borrowed; NULL past the end. Any thread. @since 0.1 */
CSTN_API cstn_constraint *cstn_constraint_child(const cstn_constraint *constraint, size_t index);
/** Describe a leaf. @param out struct_size set; pointers are borrowed from the constraint
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for what is no leaf; CSTN_E_STRUCT_SIZE. Any thread,
 *  O(1). @since 0.1 */
CSTN_API cstn_status cstn_constraint_describe(const cstn_constraint *constraint,
		cstn_constraint_leaf *out, cstn_error **error) CSTN_MUST_CHECK;

/** Read canonical or other JSON: `{"and":[...]}`, `or`, `xone`, `{"not":...}`, or a leaf
 *  `{"operand":"now","operator":"lteq","type":"instant","value":1767225600000000}` with `value` a
 *  list where the operator takes one. Integers beyond 2^53 - 1 and decimals are text ("600.5").
 *  @param out cstn_constraint_unref() it
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte offset for text that is no JSON, else with the
 * place as a JSON pointer; CSTN_E_LIMIT; CSTN_E_NOMEM. Any thread, O(len log len). @since 0.1 */
CSTN_API cstn_status cstn_constraint_read_json(const char *json, size_t len,
		const cstn_allocator *allocator, cstn_constraint **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Write canonical JSON (RFC 8785): equal trees give equal bytes. @param allocator NULL: libc
 *  @param out free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_LIMIT if it nests above the 64 levels of JSON, which about 31 of a
 *  constraint fill; CSTN_E_NOMEM. Any thread, O(bytes). @since 0.1 */
CSTN_API cstn_status cstn_constraint_write_json(const cstn_constraint *constraint,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The constraint in English words, one line. Not part of the ABI. @param allocator NULL: libc
 *  @param out free with cstn_buffer_free() @return CSTN_OK; CSTN_E_NOMEM. Any thread, O(bytes).
 *  @since 0.1 */
CSTN_API cstn_status cstn_constraint_text(const cstn_constraint *constraint,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Can it be evaluated in a vocabulary? What cannot: an operand that is not registered, values of
 *  another type, an operator that the type lacks, more values than the operator takes, a value
 *  outside the domain, an unknown purpose or role.
 *  @return CSTN_OK; CSTN_E_UNEVALUABLE naming the first leaf that cannot, its operand and value,
 * and how many more there are; CSTN_E_INVALID_ARGUMENT for NULL; CSTN_E_NOMEM. Any thread, memory
 * of the vocabulary's allocator for the words, O(values). @since 0.1 */
CSTN_API cstn_status cstn_constraint_check(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, cstn_error **error) CSTN_MUST_CHECK;

/* --- facts and truth -------------------------------------------------------------------------- */

/** What a request says of an operand. All is borrowed for the call. This struct never grows. */
typedef struct cstn_fact {
	const char *operand;
	size_t operand_len;
	int32_t type;       /**< CSTN_OPERAND_INT64 ... ID_SET */
	int32_t scale;      /**< DECIMAL: 0..18, need not be the operand's; else 0 */
	int64_t number;     /**< numbers and times */
	const cstn_id *ids; /**< ID: one; ID_SET: n_ids */
	size_t n_ids;
} cstn_fact;

/** Evaluate a constraint as it stands, leaf by leaf: the plain way, against which the compiled one
 *  is tested. A leaf that the vocabulary cannot evaluate is UNKNOWN. Facts that no leaf asks for do
 *  nothing.
 *  @param facts n_facts of them; NULL only with 0 @param truth CSTN_TRUTH_...
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for NULL. Any thread, no memory, O(leaves x facts +
 *  values). @since 0.1 */
CSTN_API cstn_status cstn_constraint_evaluate(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_fact *facts, size_t n_facts,
		int32_t *truth, cstn_error **error) CSTN_MUST_CHECK;

/** Say how it comes to its truth: a line a node, indented by its depth, with its truth and the fact
 *  that was used. Not part of the ABI. @param out free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(leaves x facts x depth +
 * bytes).
 *  @since 0.1 */
CSTN_API cstn_status cstn_constraint_explain(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_fact *facts, size_t n_facts,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- conditions ------------------------------------------------------------------------------- */

/** A constraint compiled for a vocabulary. Immutable, refcounted, any thread. */
typedef struct cstn_condition cstn_condition;

/** Compile: what speaks of one operand becomes one set of sorted disjoint intervals, which a fact
 * is looked up in by binary search, so that hundreds of windows cost about ten comparisons.
 *  @param allocator NULL: libc @param out cstn_condition_unref() it; keeps both alive
 *  @return CSTN_OK; CSTN_E_UNEVALUABLE as cstn_constraint_check(); CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. Any thread, O(values log values + nodes). @since 0.1 */
CSTN_API cstn_status cstn_condition_compile(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_allocator *allocator,
		cstn_condition **out, cstn_error **error) CSTN_MUST_CHECK;

/** Evaluate: what cstn_constraint_evaluate() says of the same facts, always.
 *  @param facts n_facts of them; NULL only with 0 @param truth CSTN_TRUTH_...
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for NULL. Any thread, no memory, O(sets x (facts + log
 *  values)). @since 0.1 */
CSTN_API cstn_status cstn_condition_evaluate(const cstn_condition *condition,
		const cstn_fact *facts, size_t n_facts, int32_t *truth,
		cstn_error **error) CSTN_MUST_CHECK;

/** One more reference, given back with its `_unref`. Any thread. @since 0.1 */
CSTN_API cstn_condition *cstn_condition_ref(cstn_condition *condition);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_condition_unref(cstn_condition *condition);

/* --- static checks ---------------------------------------------------------------------------- */

#define CSTN_COMPARE_UNKNOWN 0    /**< it is not decided */
#define CSTN_COMPARE_CONFLICT 1   /**< nothing satisfies both */
#define CSTN_COMPARE_COMPATIBLE 2 /**< something does, and both speak of the same operands */
/** Something does, but an operand is spoken of by one only */
#define CSTN_COMPARE_UNDERSPECIFIED 3

/** Is there any request that satisfies it? Exact for whatever cstn_constraint_check() lets pass,
 * but UNKNOWN past 4,096 conjuncts or 2^22 steps; for the rest UNKNOWN. All operands are taken to
 * have facts; between two values there is always another, but for int64; an operand that never
 * exceeds another does not here either.
 *  @param constraint NULL: always true @param realizable 1 if there is one; 0 if not, or UNKNOWN
 *  @param unknown NULL, or receives 1 if it is UNKNOWN, else 0
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, memory of the vocabulary's
 *  allocator, O(nodes) without choices, at most 2^22 steps. @since 0.1 */
CSTN_API cstn_status cstn_constraint_is_realizable(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, int32_t *realizable, int32_t *unknown,
		cstn_error **error) CSTN_MUST_CHECK;

/** Does every request that satisfies `by` satisfy `constraint`? For flow-down: the derived term's
 *  constraint is `by`, the parent's `constraint`. As exact as cstn_constraint_is_realizable().
 *  @param constraint,by NULL: always true @param implied 1 if so; 0 if not, or UNKNOWN
 *  @param unknown NULL, or receives 1 if it is UNKNOWN, else 0
 *  @return as cstn_constraint_is_realizable(). Any thread, the same cost. @since 0.1 */
CSTN_API cstn_status cstn_constraint_is_implied(const cstn_constraint *constraint,
		const cstn_constraint *by, const cstn_vocabulary *vocabulary, int32_t *implied,
		int32_t *unknown, cstn_error **error) CSTN_MUST_CHECK;

/** Do two constraints go together? As exact as cstn_constraint_is_realizable().
 *  @param a,b NULL: always true @param verdict CSTN_COMPARE_...
 *  @return as cstn_constraint_is_realizable(). Any thread, the same cost. @since 0.1 */
CSTN_API cstn_status cstn_constraint_compare(const cstn_constraint *a, const cstn_constraint *b,
		const cstn_vocabulary *vocabulary, int32_t *verdict,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif

#ifndef CSTN_GO_BRIDGE_RELEASE_H
#define CSTN_GO_BRIDGE_RELEASE_H

/* Releases. It is a part of bridge.h, which includes it. */

/* Steps with the names of their columns in a block. */
typedef struct cstn_go_steps {
	const cstn_generalise_step *steps;
	const char *names;
	size_t n;
} cstn_go_steps;

/* What a release is asked with; nothing of it is needed after. */
typedef struct cstn_go_release_asked {
	const char *columns; /* a block of 2 texts a column: its name and its path */
	size_t n_columns;
	const size_t *n_steps;               /* of the ladder of each column */
	const cstn_generalise_step *ladders; /* one behind the other */
	const char *time_column, *data_set;  /* or NULL */
	const uint8_t *pseudonym_key;        /* 32 bytes, or NULL */
	cstn_vocabulary *words;              /* or NULL */
	/* cells, or NULL: numbers, texts, steps */
	const cstn_aggregate_options *cells;
	const cstn_go_cells_asked *cells_asked;
	cstn_go_steps cells_steps;
	/* noise, likewise */
	const cstn_noise_options *noise;
	const cstn_go_noise_asked *noise_asked;
	cstn_go_steps noise_steps;
	/* a checkpoint, or NULL, and when it is settled */
	const char *checkpoint;
	size_t checkpoint_len;
	cstn_go_settle_asked settle;
} cstn_go_release_asked;

/* `rows` is taken. */
void cstn_go_release_open(cstn_network *network, cstn_request *request,
		struct ArrowArrayStream *rows, const cstn_go_release_asked *asked,
		const cstn_allocator *allocator, cstn_release **out, cstn_go_outcome *o);
/* The decision, one more reference to it, with record and digest. */
void cstn_go_release_decision(const cstn_release *release, cstn_decision **out,
		cstn_buffer **record, uint8_t *digest, cstn_go_outcome *o);
void cstn_go_release_id(const cstn_release *release, uint8_t *id);
/* The next batch as a stream of one; at the end CSTN_DONE and none. */
void cstn_go_release_next(cstn_release *release, struct ArrowArrayStream **out, cstn_go_outcome *o);
/* The texts of `told` are not there: `json` has them. */
void cstn_go_release_finish(cstn_release *release, cstn_release_receipt_info *told,
		cstn_buffer **json, cstn_go_outcome *o);
void cstn_go_release_recover(
		cstn_network *network, int64_t now_us, uint64_t *count, cstn_go_outcome *o);
/* `rows` is taken; `out` has CSTN_CHECKSUM_SIZE_MOST bytes. */
void cstn_go_release_checksum(struct ArrowArrayStream *rows, int32_t kind, const uint8_t *salt,
		uint8_t *out, size_t *size, cstn_go_outcome *o);

#endif

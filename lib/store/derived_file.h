#ifndef CSTN_STORE_DERIVED_FILE_H
#define CSTN_STORE_DERIVED_FILE_H

#include <pthread.h>

#include "store/derived.h"
#include "store/engine.h"
#include "store/manifest.h"

/* A derived file as the engine holds it: refcounted, listed by versions, opened when it is first
 * looked at, which is never when the store is opened. */
typedef struct cstn__derived {
	_Atomic uint32_t refs;
	cstn_allocator allocator;
	cstn__manifest_entry entry;
	pthread_mutex_t lock;
	int looked_at;          /* under `lock`, as is `segment` until then */
	cstn__segment *segment; /* NULL: it is of no use */
	_Atomic int useless;
	int leaving; /* under the turn: the next manifest does not list it */
} cstn__derived;
cstn_status cstn__derived_new(const cstn_allocator *allocator, const cstn__manifest_entry *entry,
		cstn__derived **out, cstn_error **error);
cstn__derived *cstn__derived_ref(cstn__derived *derived);
void cstn__derived_unref(cstn__derived *derived);

/* The file of a kind that a version lists for a segment: a reference, or NULL if there is none
 * that can be used. CSTN_E_NOMEM only. */
cstn_status cstn__derived_find(cstn__store *store, const cstn__version *version,
		const cstn__part *part, const cstn__derived_kind *kind, cstn__derived **out,
		cstn_error **error);
/* The columns of a kind for one chunk; blocks are freed with cstn__block_free(). 0 in *found, and
 * the file is not used any more, if they cannot be read. CSTN_E_NOMEM only. */
cstn_status cstn__derived_read(cstn__store *store, cstn__derived *derived,
		const cstn__derived_kind *kind, uint32_t chunk, cstn__block *blocks, int *found,
		cstn_error **error);

/* The table whose segment a derived file of the kind would be. */
cstn__store_table cstn__derived_table(const cstn__derived_kind *kind, uint32_t table);

/* What a checkpoint adds to the list; what it takes away is marked as leaving. */
typedef struct cstn__derived_change {
	cstn__derived **add;
	size_t n_add;
} cstn__derived_change;
/* The next version's list: those of the last and those to add whose segment stays, that are not
 * leaving and not known to be of no use. */
cstn_status cstn__derived_carry(const cstn__version *from, const cstn__derived_change *change,
		cstn__version *to, cstn_error **error);
/* The list of a version as a manifest has it. */
cstn_status cstn__derived_list(
		const cstn__manifest *manifest, cstn__version *version, cstn_error **error);
/* The first of a segment in the list, and in *n how many there are. */
size_t cstn__derived_first(const cstn__version *version, uint64_t target_file_no, size_t *n);
void cstn__derived_free_list(cstn__version *version);

#endif

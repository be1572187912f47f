#ifndef CSTN_SHARING_RELEASE_CHECKSUM_H
#define CSTN_SHARING_RELEASE_CHECKSUM_H

#include <constellation/release.h>

/* The checksum of rows that come in batches; see cstn_release_checksum(). */
typedef struct cstn__release_checksum cstn__release_checksum;

/* Of a stream of that schema. `salt` has CSTN_CHECKSUM_SALT_SIZE bytes. */
cstn_status cstn__release_checksum_new(const struct ArrowSchema *schema, int32_t kind,
		const uint8_t *salt, const cstn_allocator *allocator, cstn__release_checksum **out,
		cstn_error **error);
/* A batch; it is only read. On failure the checksum is of no use any more. */
cstn_status cstn__release_checksum_add(cstn__release_checksum *checksum,
		const struct ArrowArray *batch, cstn_error **error);
/* `out` has CSTN_CHECKSUM_SIZE_MOST bytes. Returns the size: 16 or 32. Once. */
size_t cstn__release_checksum_end(cstn__release_checksum *checksum, uint8_t *out);
void cstn__release_checksum_free(cstn__release_checksum *checksum); /* NULL allowed */

#endif

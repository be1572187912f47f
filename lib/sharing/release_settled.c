/* Checkpoints that a release demands: enough witnesses have signed, and what they signed is the
 * provider's own log. Who keeps two histories finds witnesses for one at most, and releases nothing
 * under the other. Cost: a verification a key of the witnesses, and a root of the log. */
#include "sharing/release.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "ledger/note.h"

static cstn_status read_checkpoint(const cstn_release *release, const cstn_release_options *options,
		uint64_t *size, uint8_t *root, cstn_error **error)
{
	cstn_checkpoint read = CSTN_CHECKPOINT_INIT;
	cstn_note *note = NULL;
	const char *body;
	size_t body_len;
	cstn_status status = cstn__note_read(options->checkpoint, options->checkpoint_len, NULL, 0,
			1, &release->allocator, &note, error);

	if (status != CSTN_OK)
		return status;
	body = cstn_note_text(note, &body_len);
	status = cstn_checkpoint_parse(body, body_len, &read, error);
	*size = read.size;
	memcpy(root, read.root, sizeof(read.root));
	cstn_note_free(note);
	return status;
}

static cstn_status compare(
		const cstn_log *tree, uint64_t size, const uint8_t *root, cstn_error **error)
{
	uint8_t own[CSTN_MERKLE_HASH_SIZE];
	cstn_status status;

	if (!size)
		return cstn__fail(error, CSTN_E_UNVERIFIED,
				"the settled checkpoint covers no entry of the log");
	if (size > cstn_log_size(tree))
		return cstn__fail(error, CSTN_E_SPLIT_VIEW,
				"the settled checkpoint covers %" PRIu64 " entries, the log has "
				"%" PRIu64,
				size, cstn_log_size(tree));
	status = cstn_log_root(tree, size, own, error);
	if (status == CSTN_OK && memcmp(own, root, sizeof(own)) != 0)
		return cstn__fail(error, CSTN_E_SPLIT_VIEW,
				"the settled checkpoint of %" PRIu64
				" entries has another root than the log",
				size);
	return status;
}

cstn_status cstn__release_check_settled(const cstn_release *release,
		const cstn_release_options *options, cstn_error **error)
{
	uint8_t root[CSTN_MERKLE_HASH_SIZE];
	cstn_shared_log *log = NULL;
	uint64_t size = 0;
	cstn_status status = cstn_checkpoint_settled(options->checkpoint, options->checkpoint_len,
			options->settle, release->request->now_us, &release->allocator, NULL,
			error);

	if (status == CSTN_OK)
		status = read_checkpoint(release, options, &size, root, error);
	if (status == CSTN_OK)
		status = cstn_shared_log_open(release->network, release->request->provider.text,
				release->request->constellation.text, NULL, &log, error);
	if (status == CSTN_OK)
		status = compare(cstn_shared_log_tree(log), size, root, error);
	cstn_shared_log_free(log);
	return status;
}

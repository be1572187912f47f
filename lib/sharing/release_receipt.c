/* Receipts of releases: what has left, where the log says so, and how to recognise it.
 *
 * The checksum stands in the log; the salt that it was made with is nowhere but here, so that who
 * has the log alone cannot try rows that he guesses. The JSON is for the recipient: of what stayed
 * it says nothing. Cost: O(1). */
#include "sharing/release.h"

#include <string.h>

#include "base/error.h"
#include "sharing/json_fields.h"

struct cstn_release_receipt {
	cstn_allocator allocator;
	cstn_release_receipt_info info;
	char constellation[65], provider[65], recipient[65];
};

cstn_status cstn__release_receipt_new(
		const cstn_release *release, cstn_release_receipt **out, cstn_error **error)
{
	const cstn_request *request = release->request;
	cstn_release_receipt *receipt = cstn__alloc_zero(&release->allocator, sizeof(*receipt));
	cstn_release_receipt_info *info;

	if (!receipt)
		return cstn__fail_nomem(error);
	receipt->allocator = release->allocator;
	memcpy(receipt->constellation, request->constellation.text, request->constellation.len);
	memcpy(receipt->provider, request->provider.text, request->provider.len);
	memcpy(receipt->recipient, request->recipient.text, request->recipient.len);
	info = &receipt->info;
	info->struct_size = sizeof(*info);
	info->form = release->form;
	info->constellation = receipt->constellation;
	info->provider = receipt->provider;
	info->recipient = receipt->recipient;
	memcpy(info->release, release->id, sizeof(info->release));
	memcpy(info->decision, release->decision_digest, sizeof(info->decision));
	info->at_us = request->now_us;
	info->opened_index = release->opened_index;
	info->closed_index = release->closed_index;
	info->rows = release->rows;
	info->batches = release->batches;
	info->rows_held_back = release->held_back;
	info->columns_dropped = cstn__release_plan_dropped(release->plan);
	info->nano_epsilon = release->nano_epsilon;
	info->ended = release->ended;
	info->checksum_kind = release->sum_size ? release->checksum_kind : 0;
	info->checksum_size = release->sum_size;
	memcpy(info->checksum, release->sum, sizeof(info->checksum));
	memcpy(info->salt, release->salt, sizeof(info->salt));
	*out = receipt;
	return CSTN_OK;
}

cstn_status cstn_release_receipt_get(const cstn_release_receipt *receipt,
		cstn_release_receipt_info *out, cstn_error **error)
{
	if (!receipt || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				receipt ? "out" : "receipt");
	return cstn__output_write(&receipt->info, sizeof(receipt->info), sizeof(receipt->info),
			"cstn_release_receipt_info", out, error);
}

static json_t *whole(uint64_t count)
{
	return cstn__json_of_i64(count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

cstn_status cstn_release_receipt_json(
		const cstn_release_receipt *receipt, cstn_buffer **out, cstn_error **error)
{
	const cstn_release_receipt_info *info;
	json_t *tree;

	if (!receipt || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				receipt ? "out" : "receipt");
	info = &receipt->info;
	tree = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:s, "
			 "s:o, s:o}",
			"type", "cstn/release/v1", "constellation", info->constellation, "provider",
			info->provider, "recipient", info->recipient, "release",
			cstn__json_of_hex(info->release, sizeof(info->release)), "decision",
			cstn__json_of_hex(info->decision, sizeof(info->decision)), "form",
			(int)info->form, "at_us", cstn__json_of_i64(info->at_us), "opened_index",
			whole(info->opened_index), "closed_index", whole(info->closed_index),
			"rows", whole(info->rows), "batches", whole(info->batches), "nano_epsilon",
			cstn__json_of_i64(info->nano_epsilon), "checksum_kind",
			info->checksum_kind == CSTN_CHECKSUM_SHA256 ? "sha256"
			: info->checksum_kind                       ? "xxh3_128"
								    : "none",
			"checksum", cstn__json_of_hex(info->checksum, info->checksum_size), "salt",
			cstn__json_of_hex(info->salt, sizeof(info->salt)));
	return cstn__json_to_buffer(tree, &receipt->allocator, out, error);
}

void cstn_release_receipt_free(cstn_release_receipt *receipt)
{
	cstn_allocator memory;

	if (!receipt)
		return;
	memory = receipt->allocator;
	cstn__wipe(receipt->info.salt, sizeof(receipt->info.salt));
	cstn__free(&memory, receipt, sizeof(*receipt));
}

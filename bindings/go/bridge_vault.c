/* Vaults, consent, private set intersection. */
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

/* --- vaults ----------------------------------------------------------------------------------- */

static cstn_status copy_key(void *user, uint8_t *key)
{
	memcpy(key, user, CSTN_VAULT_KEY_SIZE);
	return CSTN_OK;
}

void cstn_go_vault_open(const char *path, uint32_t flags, const char *tenant, const char *actor,
		const uint8_t *root_key, const uint8_t *passphrase, size_t passphrase_size,
		uint64_t passes, uint64_t bytes, cstn_log *log, cstn_network *network,
		const char *party, const char *signer, const cstn_allocator *allocator,
		cstn_vault **out, cstn_go_outcome *o)
{
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;

	options.flags = flags;
	options.tenant = tenant;
	options.actor = actor;
	options.root_key = root_key ? copy_key : NULL;
	options.root_key_user = (void *)(uintptr_t)root_key;
	options.passphrase = passphrase;
	options.passphrase_size = passphrase_size;
	options.argon2_passes = passes;
	options.argon2_bytes = bytes;
	options.log = log;
	options.network = network;
	options.party = party;
	options.signer = signer;
	CSTN_GO_CALL(o, cstn_vault_open(path, &options, allocator, out, &error));
}

void cstn_go_vault_close(cstn_vault *vault, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_close(vault, &error));
}

static void fill_cells(cstn_vault_cell *cells, const char **names, const uint8_t *values,
		const uint64_t *ends, const int32_t *categories, const int32_t *forms,
		const uint32_t *versions, size_t n)
{
	uint64_t begin = 0;

	for (size_t i = 0; i < n; i++) {
		cells[i].subject = names[3 * i];
		cells[i].record = names[3 * i + 1];
		cells[i].path = names[3 * i + 2];
		cells[i].value = values ? values + begin : NULL;
		cells[i].value_size = (size_t)(ends[i] - begin);
		cells[i].category = categories[i];
		cells[i].form = forms[i];
		cells[i].schema_version = versions[i];
		begin = ends[i];
	}
}

void cstn_go_vault_cells(cstn_vault *vault, int32_t what, CSTN_GO_CELLS, int64_t now_us,
		cstn_buffer **made, uint8_t *commitment, cstn_go_outcome *o)
{
	const char **names = cstn_go_list_texts(texts, 3 * n);
	cstn_vault_cell *cells = calloc(n + 1, sizeof(*cells));

	if (!names || !cells) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of cells");
	} else {
		fill_cells(cells, names, values, ends, categories, forms, versions, n);
		if (what == CSTN_GO_CELL_PUT)
			CSTN_GO_CALL(o, cstn_vault_put(vault, cells, n, now_us, &error));
		else if (what == CSTN_GO_CELL_SEAL)
			CSTN_GO_CALL(o, cstn_vault_seal(vault, cells, now_us, made, &error));
		else
			CSTN_GO_CALL(o, cstn_vault_commit(
							vault, cells, now_us, commitment, &error));
	}
	free(cells);
	free(names);
}

void cstn_go_vault_get(cstn_vault *vault, const char *subject, const char *record, const char *path,
		cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_get(vault, subject, record, path, out, &error));
}

void cstn_go_vault_unseal(cstn_vault *vault, const uint8_t *sealed, size_t size, const char *record,
		const char *path, uint32_t version, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_unseal(vault, sealed, size, record, path, version, out, &error));
}

void cstn_go_vault_find(cstn_vault *vault, const char *path, int32_t form, const uint8_t *value,
		size_t size, cstn_vault_matches **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_find(vault, path, form, value, size, out, &error));
}

void cstn_go_vault_salt(cstn_vault *vault, const char *subject, const char *record,
		const char *path, uint8_t *salt, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_salt(vault, subject, record, path, salt, &error));
}

void cstn_go_vault_commitment(const uint8_t *salt, const char *path, const uint8_t *value,
		size_t size, uint8_t *out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_commitment(salt, path, value, size, out, &error));
}

void cstn_go_vault_pseudonym(cstn_vault *vault, const char *scope, const char *id, uint8_t *out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_pseudonym(vault, scope, id, out, &error));
}

void cstn_go_vault_erase(cstn_vault *vault, const char *subject, const char *reason, int64_t now_us,
		cstn_buffer **proof, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_erase_subject(vault, subject, reason, now_us, proof, &error));
}

void cstn_go_vault_erase_categories(cstn_vault *vault, const char *subject,
		const int32_t *categories, size_t n, const char *reason, int64_t now_us,
		cstn_buffer **proof, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_erase_categories(vault, subject, categories, n, reason, now_us,
					proof, &error));
}

void cstn_go_vault_hold(cstn_vault *vault, const char *subject, const char *reason, int64_t now_us,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_hold(vault, subject, reason, now_us, &error));
}

void cstn_go_vault_lift(cstn_vault *vault, const char *subject, const char *reason, int64_t now_us,
		int32_t *deferred, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_lift(vault, subject, reason, now_us, deferred, &error));
}

void cstn_go_vault_subject(
		cstn_vault *vault, const char *subject, uint32_t *state, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_subject(vault, subject, state, &error));
}

void cstn_go_vault_purge(cstn_vault *vault, uint64_t *n_cells, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_purge(vault, NULL, n_cells, &error));
}

void cstn_go_vault_backup(cstn_vault *vault, const char *to, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_backup(vault, to, NULL, &error));
}

void cstn_go_vault_backup_keys(cstn_vault *vault, uint64_t epoch, const uint8_t *key,
		cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vault_backup_keys(vault, epoch, key, out, &error));
}

void cstn_go_vault_restore_keys(cstn_vault *vault, const uint8_t *data, size_t size, uint64_t epoch,
		const uint8_t *key, int64_t now_us, uint64_t *counts, cstn_go_outcome *o)
{
	cstn_vault_restored restored = CSTN_VAULT_RESTORED_INIT;

	CSTN_GO_CALL(o, cstn_vault_restore_keys(
					vault, data, size, epoch, key, now_us, &restored, &error));
	counts[0] = restored.n_restored;
	counts[1] = restored.n_present;
	counts[2] = restored.n_erased;
	counts[3] = restored.n_unknown;
}

/* --- consent ---------------------------------------------------------------------------------- */

void cstn_go_consent(
		cstn_snapshot *snapshot, CSTN_GO_QUESTION, cstn_consent *out, cstn_go_outcome *o)
{
	const cstn_consent_question question = {
			customer, owner, constellation, purpose, 0, now_us, known_us};
	const cstn_consent fresh = CSTN_CONSENT_INIT;

	*out = fresh;
	CSTN_GO_CALL(o, cstn_snapshot_consent(snapshot, &question, out, &error));
}

void cstn_go_vault_consented(cstn_vault *vault, cstn_snapshot *snapshot, CSTN_GO_QUESTION,
		const char *path, cstn_buffer **out, cstn_go_outcome *o)
{
	const cstn_consent_question question = {
			customer, owner, constellation, purpose, 0, now_us, known_us};

	CSTN_GO_CALL(o, cstn_vault_get_consented(vault, snapshot, &question, path, out, &error));
}

/* --- customers of a network ------------------------------------------------------------------- */

void cstn_go_customer_put(cstn_vault *vault, cstn_network *network, const char *customer,
		const char *owner, const char *names, const uint8_t *values, const uint64_t *ends,
		size_t n, int64_t now_us, cstn_go_outcome *o)
{
	const char **list = cstn_go_list_texts(names, n);
	cstn_customer_field *fields = calloc(n + 1, sizeof(*fields));
	uint64_t begin = 0;

	for (size_t i = 0; list && fields && i < n; begin = ends[i++])
		fields[i] = (cstn_customer_field){
				list[i], values + begin, (size_t)(ends[i] - begin)};
	if (!list || !fields)
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of fields");
	else
		CSTN_GO_CALL(o, cstn_customer_put(vault, network, customer, owner, fields, n,
						now_us, &error));
	free(fields);
	free(list);
}

void cstn_go_customer_get(cstn_vault *vault, cstn_snapshot *snapshot, CSTN_GO_QUESTION,
		const char *field, cstn_buffer **out, cstn_go_outcome *o)
{
	const cstn_consent_question question = {
			customer, owner, constellation, purpose, 0, now_us, known_us};

	CSTN_GO_CALL(o, cstn_customer_get(vault, snapshot, &question, field, out, &error));
}

void cstn_go_customer_find(cstn_vault *vault, cstn_snapshot *snapshot, CSTN_GO_QUESTION,
		const char *field, const uint8_t *value, size_t size, cstn_vault_matches **out,
		uint64_t *left_out, cstn_go_outcome *o)
{
	const cstn_consent_question question = {
			customer, owner, constellation, purpose, 0, now_us, known_us};

	CSTN_GO_CALL(o, cstn_customer_find(vault, snapshot, &question, field, value, size, out,
					left_out, &error));
}

void cstn_go_customer_export(cstn_vault *vault, cstn_snapshot *snapshot, const char *customer,
		const char *owner, int64_t now_us, cstn_stage_policy *policy,
		const cstn_loyalty_options *judge, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_customer_export_options options = CSTN_CUSTOMER_EXPORT_OPTIONS_INIT;

	options.owner = owner;
	options.now_us = now_us;
	options.stage_policy = policy;
	options.verdicts = judge;
	CSTN_GO_CALL(o, cstn_customer_export(vault, snapshot, customer, &options, out, &error));
}

void cstn_go_customer_erase_categories(cstn_vault *vault, cstn_network *network,
		const char *customer, const char *owner, uint32_t flags, const int32_t *categories,
		size_t n, const char *reason, int64_t now_us, cstn_buffer **proof,
		cstn_go_outcome *o)
{
	cstn_customer_erasure how = CSTN_CUSTOMER_ERASURE_INIT;

	how.flags = flags;
	how.owner = owner;
	how.categories = categories;
	how.n_categories = n;
	how.reason = reason;
	how.now_us = now_us;
	CSTN_GO_CALL(o, cstn_customer_erase_categories(
					vault, network, customer, &how, proof, &error));
}

void cstn_go_customer_erase(cstn_vault *vault, cstn_network *network, const char *customer,
		const char *owner, const char *reason, int64_t now_us, cstn_buffer **proof,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_customer_erase(vault, network, customer, owner, reason, now_us, proof,
					&error));
}

/* --- private set intersection ----------------------------------------------------------------- */

static cstn_psi_options psi_options(CSTN_GO_PSI)
{
	cstn_psi_options options = CSTN_PSI_OPTIONS_INIT;

	options.flags = flags;
	options.kind = kind;
	options.mode = mode;
	options.direction = direction;
	options.kind_log2 = kind_log2;
	options.size_log2 = size_log2;
	options.least_overlap = least_overlap;
	options.threads = threads;
	options.runs = runs;
	options.partner = partner;
	options.now_us = now_us;
	options.signed_agreement = signed_agreement;
	options.agreement = signed_agreement ? NULL : agreement;
	options.party = party;
	options.network = network;
	options.decision = decision;
	return options;
}

void cstn_go_psi_receiver_new(CSTN_GO_PSI, const cstn_allocator *allocator, cstn_psi_receiver **out,
		cstn_go_outcome *o)
{
	cstn_psi_options options = psi_options(flags, agreement, kind, mode, direction, kind_log2,
			size_log2, least_overlap, threads, runs, partner, now_us, signed_agreement,
			party, network, decision);

	CSTN_GO_CALL(o, cstn_psi_receiver_new(&options, allocator, out, &error));
}

void cstn_go_psi_sender_new(CSTN_GO_PSI, const cstn_allocator *allocator, cstn_psi_sender **out,
		cstn_go_outcome *o)
{
	cstn_psi_options options = psi_options(flags, agreement, kind, mode, direction, kind_log2,
			size_log2, least_overlap, threads, runs, partner, now_us, signed_agreement,
			party, network, decision);

	CSTN_GO_CALL(o, cstn_psi_sender_new(&options, allocator, out, &error));
}

void cstn_go_psi_receiver_add(cstn_psi_receiver *side, const uint8_t *bytes, const uint64_t *ends,
		size_t n, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_psi_receiver_add(side, bytes, ends, n, &error));
}

void cstn_go_psi_sender_add(cstn_psi_sender *side, const uint8_t *bytes, const uint64_t *ends,
		size_t n, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_psi_sender_add(side, bytes, ends, n, &error));
}

void cstn_go_psi_request(cstn_psi_receiver *side, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_psi_receiver_request(side, out, &error));
}

void cstn_go_psi_reply(cstn_psi_sender *side, const uint8_t *request, size_t size,
		cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_psi_sender_reply(side, request, size, out, &error));
}

void cstn_go_psi_finish(cstn_psi_receiver *side, const uint8_t *reply, size_t size,
		cstn_psi_result *out, cstn_go_outcome *o)
{
	const cstn_psi_result fresh = CSTN_PSI_RESULT_INIT;

	*out = fresh;
	CSTN_GO_CALL(o, cstn_psi_receiver_finish(side, reply, size, out, &error));
}

void cstn_go_psi_runs_new(int64_t period_us, uint32_t most, const cstn_allocator *allocator,
		cstn_psi_runs **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_psi_runs_new(period_us, most, allocator, out, &error));
}

void cstn_go_psi_runs_read(const uint8_t *data, size_t size, const cstn_allocator *allocator,
		cstn_psi_runs **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_psi_runs_deserialize(data, size, allocator, out, &error));
}

void cstn_go_psi_runs_bytes(const cstn_psi_runs *runs, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_psi_runs_serialize(runs, out, &error));
}

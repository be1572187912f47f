/* Customers between a network and a vault, for tests. */
#include "customer_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void desk_begin(customer_desk *at, int on_disk)
{
	vault_begin(&at->safe, on_disk);
	at->network = network_small();
}

void desk_end(customer_desk *at)
{
	cstn_network_unref(at->network);
	vault_end(&at->safe);
}

cstn_status desk_put(customer_desk *at, const char *who, const char *name, const char *value)
{
	const cstn_customer_field one = {name, (const uint8_t *)value, strlen(value)};

	return cstn_customer_put(at->safe.vault, at->network, who, NULL, &one, 1, DESK_NOW, NULL);
}

void desk_interaction(customer_desk *at, const char *id, const char *kind, const char *day)
{
	char event[96], what[96], valid[96], recorded[96];

	snprintf(event, sizeof(event), "event_id=%s", id);
	snprintf(what, sizeof(what), "kind=%s", kind);
	snprintf(valid, sizeof(valid), "valid=%sT00:00:00Z", day);
	snprintf(recorded, sizeof(recorded), "recorded=%sT00:00:00Z", day);
	network_put_ok(at->network, network_record("interaction", event, "customer_id=jo", what,
						    valid, recorded, NULL));
}

char *desk_export(customer_desk *at, const char *who, const char *owner)
{
	cstn_customer_export_options options = CSTN_CUSTOMER_EXPORT_OPTIONS_INIT;
	cstn_snapshot *snapshot = NULL;
	cstn_buffer *out = NULL;
	char *text;
	cstn_status status;

	options.now_us = DESK_NOW;
	options.owner = owner;
	ck_assert_int_eq(cstn_network_snapshot(at->network, &snapshot, NULL), CSTN_OK);
	status = cstn_customer_export(at->safe.vault, snapshot, who, &options, &out, NULL);
	cstn_snapshot_unref(snapshot);
	text = strdup(status == CSTN_OK ? (const char *)cstn_buffer_data(out)
					: cstn_status_name(status));
	ck_assert_ptr_nonnull(text);
	if (status == CSTN_OK)
		ck_assert_uint_eq(strlen(text), cstn_buffer_size(out));
	cstn_buffer_free(out);
	return text;
}

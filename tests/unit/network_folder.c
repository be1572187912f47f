#include "network_folder.h"

#include <check.h>

void network_folder_make(network_folder *folder)
{
	posix_folder_make(&folder->top);
	posix_folder_at(&folder->top, "net", folder->path);
}

void network_folder_remove(network_folder *folder)
{
	posix_folder_remove(&folder->top);
}

cstn_network *network_folder_open(const network_folder *folder, uint32_t flags)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_network *network = NULL;
	cstn_error *error = NULL;

	options.flags = flags;
	ck_assert_msg(cstn_network_open(folder->path, &options, NULL, &network, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	return network;
}

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The version of the package and of its modules; dkms.conf carries the same. */
#ifndef PANTHOR_PROTM_VERSION_H
#define PANTHOR_PROTM_VERSION_H

#define PANTHOR_PROTM_VERSION "0.1.0"

#endif

//! Calls and replies of ONC RPC, version 2 (RFC 1057). The messages are `onc-rpc`'s.

use std::hash::{BuildHasher, RandomState};

use onc_rpc::{
    AcceptedStatus, CallBody, MessageType, RejectedReply, ReplyBody, RpcMessage, auth::AuthFlavor,
};

use crate::LinkError;

const PROTOCOL: &str = "ONC RPC";
/// RFC 1057, section 8: the program has no such procedure.
const PROC_UNAVAIL: i64 = 3;

/// One procedure of one program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Procedure {
    pub(super) program: u32,
    pub(super) version: u32,
    pub(super) number: u32,
    pub(super) name: &'static str,
}

/// What the other side answered to the call with this number.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) xid: u32,
    pub(super) outcome: Result<Vec<u8>, Refusal>,
}

/// The call did not reach its procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: i64,
    meaning: &'static str,
}

impl Refusal {
    pub(super) fn of(self, procedure: Procedure) -> LinkError {
        LinkError::Declined {
            protocol: PROTOCOL,
            operation: procedure.name,
            code: self.code,
            meaning: self.meaning,
        }
    }
}

/// Whether a call was refused because the server has no such procedure.
pub(super) fn is_unavailable(error: &LinkError) -> bool {
    matches!(error, LinkError::Declined { protocol: PROTOCOL, code: PROC_UNAVAIL, .. })
}

/// A number for the first call that an earlier connection has hardly used.
pub(super) fn first_xid() -> u32 {
    RandomState::new().hash_one(()) as u32
}

/// A call as one last fragment, its mark included.
pub(super) fn call(xid: u32, procedure: Procedure, arguments: &[u8]) -> Vec<u8> {
    let body = CallBody::new(
        procedure.program,
        procedure.version,
        procedure.number,
        AuthFlavor::AuthNone(None::<&[u8]>),
        AuthFlavor::AuthNone(None),
        arguments,
    );
    let message = RpcMessage::new(xid, MessageType::Call(body));
    let mut bytes = Vec::with_capacity(message.serialised_len() as usize);
    // Writing to a `Vec` fails only for a message of more than 2 GiB, and arguments are split to
    // far less.
    let _ = message.serialise_into(&mut bytes);
    bytes
}

/// Reads a record that [`Records`](super::record::Records) put together.
///
/// # Errors
/// It is not a reply.
pub(super) fn reply(record: &[u8]) -> Result<Reply, LinkError> {
    let strange = |found: String| LinkError::Protocol {
        protocol: PROTOCOL,
        expected: "a reply of version 2",
        found,
    };
    let message = RpcMessage::try_from(record)
        .map_err(|error| strange(format!("something else: {error}")))?;
    let Some(body) = message.reply_body() else {
        return Err(strange("a call".to_owned()));
    };
    let outcome = match body {
        ReplyBody::Accepted(accepted) => match accepted.status() {
            AcceptedStatus::Success(results) => Ok(results.to_vec()),
            AcceptedStatus::ProgramUnavailable => {
                Err((1, "PROG_UNAVAIL: this port does not serve the program; check the port"))
            }
            AcceptedStatus::ProgramMismatch { .. } => {
                Err((2, "PROG_MISMATCH: another version of the program is served"))
            }
            AcceptedStatus::ProcedureUnavailable => {
                Err((PROC_UNAVAIL, "PROC_UNAVAIL: the instrument has no such procedure"))
            }
            AcceptedStatus::GarbageArgs => {
                Err((4, "GARBAGE_ARGS: the instrument could not read the arguments"))
            }
            AcceptedStatus::SystemError => Err((5, "SYSTEM_ERR: the instrument's server failed")),
        },
        ReplyBody::Denied(RejectedReply::RpcVersionMismatch { .. }) => {
            Err((0, "MSG_DENIED, RPC_MISMATCH: another version of RPC is served"))
        }
        ReplyBody::Denied(RejectedReply::AuthError(_)) => {
            Err((1, "MSG_DENIED, AUTH_ERROR: the instrument wants to know who calls"))
        }
    };
    Ok(Reply {
        xid: message.xid(),
        outcome: outcome.map_err(|(code, meaning)| Refusal { code, meaning }),
    })
}

/// Reads a call that the other side makes of us: its number, its procedure, its arguments.
///
/// # Errors
/// It is not a call.
pub(super) fn incoming_call(record: &[u8]) -> Result<(u32, [u32; 3], Vec<u8>), LinkError> {
    let strange = |found: String| LinkError::Protocol {
        protocol: PROTOCOL,
        expected: "a call of version 2",
        found,
    };
    let message = RpcMessage::try_from(record)
        .map_err(|error| strange(format!("something else: {error}")))?;
    let Some(call) = message.call_body() else {
        return Err(strange("a reply".to_owned()));
    };
    let address = [call.program(), call.program_version(), call.procedure()];
    Ok((message.xid(), address, call.payload().to_vec()))
}

/// A reply without results, as one last fragment, its mark included.
pub(super) fn void_reply(xid: u32, known: bool) -> Vec<u8> {
    let status = match known {
        true => AcceptedStatus::Success(&[][..]),
        false => AcceptedStatus::ProcedureUnavailable,
    };
    let accepted = onc_rpc::AcceptedReply::new(AuthFlavor::AuthNone(None::<&[u8]>), status);
    let message = RpcMessage::new(xid, MessageType::Reply(ReplyBody::Accepted(accepted)));
    let mut bytes = Vec::with_capacity(message.serialised_len() as usize);
    // Writing a few bytes to a `Vec` does not fail.
    let _ = message.serialise_into(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NULL: Procedure =
        Procedure { program: 0x0006_07af, version: 1, number: 10, name: "create_link" };

    #[test]
    fn a_call_is_laid_out_as_the_standard_says() {
        let bytes = call(7, NULL, &[0, 0, 0, 9]);
        let words: Vec<u32> =
            bytes.chunks(4).map(|word| u32::from_be_bytes(word.try_into().unwrap())).collect();
        assert_eq!(words, [0x8000_002c, 7, 0, 2, 0x0006_07af, 1, 10, 0, 0, 0, 0, 9]);
    }

    #[test]
    fn a_refused_call_says_why() {
        let words = [0x8000_0018_u32, 7, 1, 0, 0, 0, 3];
        let record: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let reply = reply(&record).unwrap();
        assert_eq!(reply.xid, 7);
        assert_eq!(
            reply.outcome.unwrap_err().of(NULL).to_string(),
            "ONC RPC: create_link was refused with code 3 (PROC_UNAVAIL: the instrument has no such procedure)"
        );
    }

    #[test]
    fn a_denied_call_says_why() {
        let words = [0x8000_0014_u32, 7, 1, 1, 1, 5];
        let record: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let error = reply(&record).unwrap().outcome.unwrap_err().of(NULL).to_string();
        assert!(error.contains("MSG_DENIED, AUTH_ERROR"), "{error}");
    }

    proptest! {
        #[test]
        fn no_record_makes_it_panic(
            words in proptest::collection::vec(prop_oneof![0_u32..8, any::<u32>()], 0..12),
            cut in 0_usize..4,
        ) {
            let mut record = vec![0; 4];
            record.extend(words.iter().flat_map(|word| word.to_be_bytes()));
            record.truncate((record.len() - cut).max(4));
            let mark = 0x8000_0000 | (record.len() - 4) as u32;
            record[..4].copy_from_slice(&mark.to_be_bytes());
            let _ = reply(&record);
            let _ = incoming_call(&record);
        }
    }
}

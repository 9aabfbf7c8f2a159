//! Jobs that one service publishes for another.

use prost::Message;

use super::generated as proto;
use super::{DecodeError, Wire, uuid};
use crate::ids::{BusinessId, MessageId, PhoneNumberId, WabaId};
use crate::message::Lane;
use crate::trace::TraceId;

/// A message that may be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRef {
    /// The business that the message belongs to.
    pub business_id: BusinessId,
    /// The message.
    pub message_id: MessageId,
    /// The trace of the request that it came with.
    pub trace_id: Option<TraceId>,
}

/// Messages of one lane that may be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendMessages {
    /// The lane of all of them.
    pub lane: Lane,
    /// The number that all of them are sent from, so that they can wait for its send rate before they are loaded;
    /// `None` when there are several, or it is unknown.
    pub phone_number_id: Option<PhoneNumberId>,
    /// The messages.
    pub messages: Vec<MessageRef>,
}

/// Read a waba's templates from Meta and store them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncTemplates {
    /// The business that the templates belong to.
    pub business_id: BusinessId,
    /// The account at Meta.
    pub waba_id: WabaId,
}

impl Wire for SendMessages {
    const NAME: &'static str = "djigbachats.v1.SendMessages";

    fn encode(&self) -> Vec<u8> {
        let messages = self.messages.iter().map(|message| proto::MessageRef {
            business_id: message.business_id.as_uuid().as_bytes().to_vec(),
            message_id: message.message_id.as_uuid().as_bytes().to_vec(),
            trace_id: message
                .trace_id
                .map(|id| id.to_bytes().to_vec())
                .unwrap_or_default(),
        });
        let lane = u32::try_from(self.lane.code()).unwrap_or_default();
        proto::SendMessages {
            lane,
            messages: messages.collect(),
            phone_number_id: self
                .phone_number_id
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        }
        .encode_to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let job = proto::SendMessages::decode(bytes).map_err(|_| DecodeError::NotProtobuf)?;
        let lane = i16::try_from(job.lane)
            .ok()
            .and_then(Lane::from_code)
            .ok_or(DecodeError::Field("lane"))?;
        let messages = job.messages.iter().map(|message| {
            Ok(MessageRef {
                business_id: BusinessId::from_uuid(uuid(&message.business_id, "business_id")?),
                message_id: MessageId::from_uuid(uuid(&message.message_id, "message_id")?),
                trace_id: TraceId::from_bytes(&message.trace_id),
            })
        });
        let phone_number_id = match job.phone_number_id.as_str() {
            "" => None,
            number => Some(
                number
                    .parse()
                    .map_err(|_| DecodeError::Field("phone_number_id"))?,
            ),
        };
        Ok(Self {
            lane,
            phone_number_id,
            messages: messages.collect::<Result<_, DecodeError>>()?,
        })
    }
}

impl Wire for SyncTemplates {
    const NAME: &'static str = "djigbachats.v1.SyncTemplates";

    fn encode(&self) -> Vec<u8> {
        let business_id = self.business_id.as_uuid().as_bytes().to_vec();
        proto::SyncTemplates {
            business_id,
            waba_id: self.waba_id.to_string(),
        }
        .encode_to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let job = proto::SyncTemplates::decode(bytes).map_err(|_| DecodeError::NotProtobuf)?;
        Ok(Self {
            business_id: BusinessId::from_uuid(uuid(&job.business_id, "business_id")?),
            waba_id: job
                .waba_id
                .parse()
                .map_err(|_| DecodeError::Field("waba_id"))?,
        })
    }
}

//! Blobs in a bucket of Amazon S3, or of a server that speaks like it.
//!
//! Credentials are found the way every AWS program finds them: variables, a web identity, the machine's own role. What an upload
//! that was cut off left inside the server as parts is not ours to list; a lifecycle rule of the bucket removes it.

use std::sync::Arc;

use object_store::{
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    path::Path,
    prefix::PrefixStore,
};

use super::Store;
use crate::{
    clock::SharedClock,
    error::{Error, Result},
    id::Ids,
};

/// A bucket and the part of it that is ours.
#[derive(Clone, Debug)]
pub struct Bucket {
    settings: AmazonS3Builder,
    prefix: Path,
}

impl Bucket {
    /// The bucket at `s3://bucket/prefix`, reached as the `AWS_…` variables say.
    pub fn of_environment(url: &str) -> Result<Self> {
        Self::new(url, AmazonS3Builder::from_env())
    }

    /// The bucket at `s3://bucket/prefix` of the server at `endpoint`, with a key of one's own.
    pub fn at(endpoint: &str, url: &str, [key_id, secret]: [&str; 2]) -> Result<Self> {
        let settings = AmazonS3Builder::new().with_endpoint(endpoint).with_region("us-east-1");
        Self::new(url, settings.with_access_key_id(key_id).with_secret_access_key(secret))
    }

    fn new(url: &str, settings: AmazonS3Builder) -> Result<Self> {
        let rest = url.strip_prefix("s3://").unwrap_or_default();
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(Error::invalid(
                "TM_BLOBS_URL",
                format!("is {url}, which names no bucket; give s3://bucket/prefix"),
            ));
        }
        let prefix = Path::parse(prefix).map_err(|error| refused(url, &error))?;
        // Whoever writes an address without TLS means it.
        let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint];
        let plain = endpoint.iter().any(|key| {
            settings.get_config_value(key).is_some_and(|endpoint| endpoint.starts_with("http://"))
        });
        Ok(Self { settings: settings.with_bucket_name(bucket).with_allow_http(plain), prefix })
    }

    /// Opens it. Nothing is asked of the server yet.
    pub fn open(self, redirect: bool, ids: &Ids, clock: &SharedClock) -> Result<Store> {
        let bucket = Arc::new(self.settings.build().map_err(|error| refused("s3://…", &error))?);
        let store = Store::over(Arc::new(PrefixStore::new(bucket.clone(), self.prefix.clone())), ids, clock);
        Ok(if redirect { store.linking(bucket, self.prefix) } else { store })
    }
}

fn refused(url: &str, error: &dyn std::fmt::Display) -> Error {
    Error::invalid("TM_BLOBS_URL", format!("is {url}, which can't be used: {error}; see the AWS_… variables"))
}

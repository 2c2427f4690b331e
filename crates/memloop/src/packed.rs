//! States as bytes: MessagePack with named fields, which keeps every bit of a number, also of one that
//! is none.

use anyhow::{Context, Result, anyhow};
use campaign::Kept;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use train::DataSet;

/// The layout that is written here. Another is another [`Kept::format`].
const FORMAT: u32 = 1;

/// A state as bytes.
///
/// # Errors
/// It has no such form.
pub fn pack<T: Serialize>(state: &T) -> Result<Kept> {
    Ok(Kept { format: FORMAT, bytes: rmp_serde::to_vec_named(state)? })
}

/// The state that bytes are.
///
/// # Errors
/// They are of a layout that is not known here, or of another type.
pub fn unpack<T: DeserializeOwned>(kept: &Kept) -> Result<T> {
    if kept.format != FORMAT {
        let found = kept.format;
        return Err(anyhow!("its layout is {found}; this memloop knows layout {FORMAT}"));
    }
    rmp_serde::from_slice(&kept.bytes).context("it is not what this memloop keeps")
}

/// The SHA-256 of everything that a training sees of its data, in hex.
pub fn data_sha256(data: &DataSet) -> String {
    let mut hash = Sha256::new();
    let mut number = |it: usize| hash.update((it as u64).to_le_bytes());
    number(data.features.nrows());
    number(data.features.ncols());
    data.labels.iter().for_each(|it| number(*it));
    let held_out = data.held_out.clone().unwrap_or_default();
    number(held_out.start);
    number(held_out.end);
    data.features.iter().for_each(|it| hash.update(it.to_le_bytes()));
    for name in data.feature_names.iter().chain(&data.class_names) {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
    }
    hex(&hash.finalize())
}

/// The SHA-256 of a file's bytes, in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|it| format!("{it:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use train::{PairTable, Snapshot};

    use super::*;

    #[test]
    fn a_state_comes_back_with_its_absent_slopes_and_its_place_in_a_generator() {
        let table = PairTable {
            levels: vec![0.1, 1.0 / 3.0],
            currents: vec![1e-6, -0.0],
            slopes: vec![f64::NAN, 2e-6],
        };
        let drawn = u128::from(u64::MAX) + 7;
        let state = Snapshot { tables: vec![table], age: [3, 4], drawn, slope: Some(0.1) };
        let found: Snapshot = unpack(&pack(&state).unwrap()).unwrap();
        assert_eq!((found.drawn, found.age, found.slope), (drawn, [3, 4], Some(0.1)));
        let bits = |it: &Snapshot| {
            let PairTable { levels, currents, slopes } = &it.tables[0];
            [levels, currents, slopes]
                .map(|it| it.iter().map(|it| it.to_bits()).collect::<Vec<_>>())
        };
        assert_eq!(bits(&found), bits(&state));
    }

    #[test]
    fn a_layout_of_tomorrow_is_refused() {
        let mut kept = pack(&1).unwrap();
        kept.format = 2;
        let error = unpack::<i32>(&kept).unwrap_err().to_string();
        assert_eq!(error, "its layout is 2; this memloop knows layout 1");
    }

    #[test]
    fn every_change_of_the_data_changes_their_hash() {
        let data = DataSet {
            features: array![[1.0, 2.0], [3.0, 4.0]],
            labels: vec![0, 1],
            feature_names: vec!["x".into(), "y".into()],
            class_names: vec!["a".into(), "b".into()],
            held_out: None,
        };
        let mut changed = vec![data.clone(); 4];
        changed[0].features[[1, 1]] = 5.0;
        changed[1].labels[0] = 1;
        changed[2].class_names[0] = "c".into();
        changed[3].held_out = Some(0..1);
        assert!(changed.iter().all(|it| data_sha256(it) != data_sha256(&data)));
        assert_eq!(data_sha256(&data), data_sha256(&data.clone()));
    }
}

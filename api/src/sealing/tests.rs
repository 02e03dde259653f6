//! What must open, and what must not.

use super::*;
use aws_lc_rs::digest;

struct Fixed;

impl KeyProvider for Fixed {
    fn current_key_id(&self) -> u32 {
        7
    }

    fn data_key(
        &self,
        key_id: u32,
        organization: OrganizationId,
        purpose: Purpose,
    ) -> Result<DataKey, SealingError> {
        if key_id != 7 {
            return Err(SealingError::UnknownKey(key_id));
        }
        let hash = digest::digest(&digest::SHA256, format!("{organization}{}", purpose.label()).as_bytes());
        Ok(DataKey::new(Zeroizing::new(hash.as_ref().try_into().unwrap())))
    }
}

fn keyring() -> Keyring {
    Keyring::new(Fixed).unwrap()
}

fn place() -> Place<'static> {
    Place {
        organization: OrganizationId::from_uuid(Uuid::from_u128(1)),
        table: "patients",
        column: "notes",
        row: Uuid::from_u128(2),
        version: 3,
    }
}

#[test]
fn opens_in_its_place() {
    let keyring = keyring();
    for text in ["", "penicillin allergy", "żółć"] {
        let sealed = keyring.seal(place(), text.as_bytes()).unwrap();
        assert_eq!(*keyring.open(place(), &sealed).unwrap(), text);
    }
}

#[test]
fn equal_texts_seal_differently_and_show_nothing() {
    let keyring = keyring();
    let text = "penicillin allergy".repeat(4);
    let (a, b) =
        (keyring.seal(place(), text.as_bytes()).unwrap(), keyring.seal(place(), text.as_bytes()).unwrap());
    assert_ne!(a, b);
    assert!(!a.as_bytes().windows(10).any(|window| window == b"penicillin"));
    assert_eq!(format!("{a:?}"), "Sealed(105 bytes)");
}

#[test]
fn opens_nowhere_else() {
    let keyring = keyring();
    let sealed = keyring.seal(place(), b"secret").unwrap();
    let elsewhere = [
        Place { organization: OrganizationId::from_uuid(Uuid::from_u128(9)), ..place() },
        Place { table: "members", ..place() },
        Place { column: "phone", ..place() },
        Place { row: Uuid::from_u128(9), ..place() },
        // Yesterday's value put back.
        Place { version: 4, ..place() },
        // The same letters, cut elsewhere.
        Place { table: "patientsn", column: "otes", ..place() },
    ];
    for place in elsewhere {
        assert!(matches!(keyring.open(place, &sealed), Err(SealingError::Integrity)), "{place:?}");
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let keyring = keyring();
    let sealed = keyring.seal(place(), b"secret").unwrap();
    for index in 0..sealed.as_bytes().len() {
        for bit in 0..8 {
            let mut bytes = sealed.as_bytes().to_vec();
            bytes[index] ^= 1 << bit;
            assert!(keyring.open(place(), &Sealed::from_bytes(bytes)).is_err(), "byte {index} bit {bit}");
        }
        let cut = Sealed::from_bytes(sealed.as_bytes()[..index].to_vec());
        assert!(keyring.open(place(), &cut).is_err(), "cut to {index}");
    }
}

#[test]
fn plain_text_is_not_taken_for_sealed() {
    let downgraded = Sealed::from_bytes(b"\0attacker's own words, long enough for a header".to_vec());
    assert!(matches!(keyring().open(place(), &downgraded), Err(SealingError::Malformed)));
}

#[test]
fn the_blind_index_is_the_same_only_within_a_tenant_and_a_purpose() {
    let keyring = keyring();
    let (a, b) = (OrganizationId::random(), OrganizationId::random());
    let index = keyring.blind_index(a, "patients.national_id", "850101").unwrap();
    assert_eq!(index, keyring.blind_index(a, "patients.national_id", "850101").unwrap());
    assert_ne!(index, keyring.blind_index(b, "patients.national_id", "850101").unwrap());
    assert_ne!(index, keyring.blind_index(a, "patients.phone", "850101").unwrap());
    assert_ne!(index, keyring.blind_index(a, "patients.national_id", "850102").unwrap());
}

#[test]
fn a_mac_belongs_to_its_data_and_purpose() {
    let keyring = keyring();
    let mac = keyring.mac("cursor", b"page 2");
    assert!(keyring.verify_mac("cursor", b"page 2", &mac));
    assert!(!keyring.verify_mac("cursor", b"page 3", &mac));
    assert!(!keyring.verify_mac("curso", b"rpage 2", &mac));
    assert!(!keyring.verify_mac("cursor", b"page 2", &mac[..16]));
}

#[test]
fn the_prepared_keys_are_bounded() {
    let keyring = keyring();
    for number in 0..u128::try_from(PREPARED).unwrap() + 50 {
        keyring.blind_index(OrganizationId::from_uuid(Uuid::from_u128(number)), "x", "y").unwrap();
    }
    assert_eq!(keyring.0.indexing.0.lock().unwrap().len(), PREPARED);
}

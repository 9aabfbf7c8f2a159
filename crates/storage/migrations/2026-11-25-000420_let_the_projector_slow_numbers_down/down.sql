drop policy projector on number_paces;
revoke select, update on number_paces from djigbachats_projector;
